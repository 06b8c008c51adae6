"""How wide a text is, from the advance widths of the bundled fonts.

A browser without these fonts takes another; so the table has for each character the wider of Inter
and DejaVu Sans, which is about as wide as a fallback gets. Kerning only narrows: left out.
"""

import json
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Literal

from .figures import shorten

Face = Literal["regular", "bold", "mono"]

FONTS = files("glassgrad.draw") / "fonts"
FONT_FILES = ("Inter-Regular.otf", "Inter-SemiBold.otf", "DejaVuSansMono.ttf")


@cache
def _widths() -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = json.loads(
        (FONTS / "widths.json").read_text(encoding="utf-8")
    )
    return table


def is_bundled(text: str) -> bool:
    """Whether the bundled fonts have every character of a text."""
    return all(character in _widths()["regular"] for character in text if character != "\n")


def text_width(text: str, size: float, face: Face = "regular") -> float:
    """The width of a text in pixels; characters outside the bundled fonts count as wide ones.

    >>> text_width("10.5", 20) == text_width("99.0", 20)
    True
    """
    widths = _widths()[face]
    return size / 1000 * sum(widths.get(c) or _unknown(c) for c in text)


def _unknown(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 1100 if unicodedata.east_asian_width(character) in "WF" else 1000


def fit(text: str, room: float, size: float, face: Face = "regular") -> str:
    """The text, shortened in the middle until it is no wider than the room."""
    text = shorten(text, max(len(text), 1))
    length = len(text)
    while length > 1 and text_width(shorten(text, length), size, face) > room:
        length -= 1
    return shorten(text, length)
