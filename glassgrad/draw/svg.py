"""Writes SVG: elements, attributes, numbers as short as they can be, everything escaped."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from .style import INK, PAGE, SANS

Attribute = str | float | None


def escape(text: str) -> str:
    """Text as XML content or attribute; characters that XML cannot hold become the box "□".

    >>> escape('a < "b" & c')
    'a &lt; &quot;b&quot; &amp; c'
    """
    allowed = "".join(c if _is_xml(ord(c)) else "□" for c in text)
    pairs = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"))
    for character, entity in pairs:
        allowed = allowed.replace(character, entity)
    return allowed


def _is_xml(code: int) -> bool:
    """Whether XML 1.0 can hold the character (production [2])."""
    return (
        code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code > 0xFFFF
    )


def number(value: float) -> str:
    """A coordinate with at most two decimals.

    >>> number(3.0), number(0.126), number(-0.001)
    ('3', '0.13', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


class Svg:
    """An SVG picture under construction; `str()` of it is the file.

    Attributes are keywords: `stroke_width` becomes `stroke-width`, a trailing underscore is
    dropped, None is left out.
    """

    def __init__(self, width: float, height: float, title: str) -> None:
        self.width = width
        self.height = height
        w, h = number(width), number(height)
        self._parts: list[str] = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}"',
            f'viewBox="0 0 {w} {h}" role="img" font-size="12" fill="{INK}"',
            f'font-family="{escape(SANS)}">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{w}" height="{h}" fill="{PAGE}"/>',
        ]

    def __str__(self) -> str:
        return "\n".join([*self._parts, "</svg>", ""])

    def add(self, name: str, content: str = "", /, **attributes: Attribute) -> None:
        """Adds an element with text content."""
        opening = name + _attributes(attributes)
        self._parts.append(f"<{opening}>{escape(content)}</{name}>" if content else f"<{opening}/>")

    def text(self, x: float, y: float, content: str, **attributes: Attribute) -> None:
        """Adds a line of text whose baseline is at y."""
        self.add("text", content, x=x, y=y, **attributes)

    @contextmanager
    def inside(self, name: str, **attributes: Attribute) -> Iterator[None]:
        """Puts what is added inside the `with` block into an element."""
        self._parts.append(f"<{name}{_attributes(attributes)}>")
        yield
        self._parts.append(f"</{name}>")

    @contextmanager
    def group(self, title: str = "", **attributes: Attribute) -> Iterator[None]:
        """Puts what is added inside the `with` block into a group; the title shows on hover."""
        with self.inside("g", **attributes):
            if title:
                self.add("title", title)
            yield


def _attributes(attributes: dict[str, Attribute]) -> str:
    written = ""
    for name, value in attributes.items():
        if value is not None:
            text = value if isinstance(value, str) else number(value)
            written += f' {name.rstrip("_").replace("_", "-")}="{escape(text)}"'
    return written


def smooth_run(route: list[tuple[float, float]], *, vertical: bool = False) -> str:
    """Path data along a layout's route: straight inside a layer, curved in the gaps between."""
    path = f"M{number(route[0][0])},{number(route[0][1])}"
    for index, ((x, y), (to_x, to_y)) in enumerate(pairwise(route)):
        if (x, y) == (to_x, to_y):
            continue
        if index % 2 == 0 or (y == to_y and not vertical) or (x == to_x and vertical):
            path += f"L{number(to_x)},{number(to_y)}"
        elif vertical:
            middle = number((y + to_y) / 2)
            path += f"C{number(x)},{middle} {number(to_x)},{middle} {number(to_x)},{number(to_y)}"
        else:
            middle = number((x + to_x) / 2)
            path += f"C{middle},{number(y)} {middle},{number(to_y)} {number(to_x)},{number(to_y)}"
    return path
