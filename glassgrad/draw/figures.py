"""Writes numbers as the pictures show them, shortens names, and fills columns."""

import math
import unicodedata

MINUS_SIGN = "−"


def figure(value: float, digits: int = 4, *, plus: bool = True) -> str:
    """A number with fixed decimals, a true minus and an explicit plus.

    Very large and very small numbers are written with a power of ten; an exact zero has no sign.

    >>> figure(0.70710678), figure(-1.5), figure(0.0), figure(-0.00000042), figure(float("inf"))
    ('+0.7071', '−1.5000', '0.0000', '−4.2e−7', '+inf')
    """
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        text = "inf"
    elif value == 0 or 0.5 * 10.0**-digits <= abs(value) < 1e6:
        text = f"{abs(value):.{digits}f}"
    else:
        text = _power_of_ten(abs(value), min(digits, 1 if abs(value) < 1 else 3))
    if value == 0:
        return text
    return (MINUS_SIGN if value < 0 else "+" if plus else "") + text


def _power_of_ten(size: float, digits: int) -> str:
    mantissa, exponent = f"{size:.{digits}e}".split("e")
    return f"{mantissa}e{exponent[0].replace('-', MINUS_SIGN).lstrip('+')}{int(exponent[1:])}"


def tick(value: float) -> str:
    """A number on an axis: as short as it can be.

    >>> tick(0.30000000000000004), tick(-2.0), tick(1500000)
    ('0.3', '−2', '1.5e6')
    """
    text = f"{value:.6g}"
    if abs(value) >= 1e6 or "e" in text:
        mantissa, exponent = f"{value:.3e}".split("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return text.replace("-", MINUS_SIGN)


def shorten(text: str, length: int) -> str:
    """The text, its middle left out where it is longer than the length; on one line.

    >>> shorten("layers[0].neurons[12].w[3]", 14)
    'layers[…].w[3]'
    """
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f"{text[: length - 1 - tail]}…{text[len(text) - tail :]}"


def columns(text: str) -> int:
    """How many columns a text takes in a terminal.

    >>> columns("w[0]"), columns("重み")
    (4, 4)
    """
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def fill(text: str, width: int) -> str:
    """The text, cut at the end or filled with spaces, in exactly so many columns."""
    if columns(text) > width:
        while columns(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - columns(text))
