"""`Picture`: what every drawing function returns; it becomes SVG, PNG or text."""

import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ..files import write_atomically
from ..spelling import nearest
from .diagram import Diagram
from .diagram_svg import draw_diagram
from .png import render
from .text import Terminal, write_diagram

SUFFIXES = (".svg", ".png", ".txt")


@dataclass(frozen=True, repr=False)
class Picture:
    """A drawing that is made when it is asked for.

    In a notebook the value of a cell shows itself; `save` writes it to a file, `print` shows it as
    text.
    """

    _svg: Callable[[], str]
    _text: Callable[[Terminal], str]

    def svg(self) -> str:
        """The picture as an SVG file's content."""
        return self._svg()

    def png(self, scale: float = 2.0) -> bytes:
        """The picture as a PNG file's content, `scale` pixels to the unit of the SVG.

        Raises:
            ImportError: resvg is not installed; the message says how to install it.
        """
        return render(self.svg(), scale)

    def text(self, width: int = 80, *, colour: bool = False, ascii: bool = False) -> str:
        """The picture in characters, at most `width` in a line.

        Args:
            width: Columns, at least 40.
            colour: Whether to use ANSI colours; nothing is lost without.
            ascii: Whether to do without box drawing, braille and other characters beyond ASCII.
        """
        if width < 40:
            raise ValueError(f"a picture in characters needs at least 40 columns, not {width}")
        return self._text(Terminal(width, colour, ascii))

    def show(self, stream: TextIO | None = None) -> None:
        """Prints the picture as well as the stream allows: its width, colour and characters."""
        stream = stream or sys.stdout
        colour = stream.isatty() and "NO_COLOR" not in os.environ
        width = max(40, shutil.get_terminal_size().columns if stream.isatty() else 80)
        text = self.text(width, colour=colour)
        try:
            text.encode(stream.encoding or "utf-8")
        except UnicodeEncodeError:
            text = self.text(width, colour=colour, ascii=True)
            text = text.encode("ascii", "replace").decode("ascii")  # names may hold anything
        stream.write(text + "\n")

    def save(self, path: str | Path) -> None:
        """Writes the picture to a file; its suffix says how: .svg, .png or .txt.

        The file appears complete or not at all.

        Raises:
            ValueError: The suffix is none of these.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            near = nearest(suffix, SUFFIXES)
            hint = f" (did you mean {path.stem}{near}?)" if near else ""
            raise ValueError(
                f"a picture is saved as {', '.join(SUFFIXES)}, by the file's suffix; "
                f"{path.name!r} has {repr(suffix) if suffix else 'none'}{hint}"
            )
        if suffix == ".png":
            write_atomically(path, self.png())
        else:
            text = self.svg() if suffix == ".svg" else self.text() + "\n"
            write_atomically(path, text.encode("utf-8"))

    def _repr_svg_(self) -> str:
        return self.svg()

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        try:
            found = re.search(r'width="(\d+)[.\d]*" height="(\d+)', self.svg())
        except ValueError:  # too large for one picture
            found = None
        size = f" {found[1]} x {found[2]}" if found else ""
        return f'<Picture{size}: print it, show() it, or save("x.svg")>'


def picture_of_diagram(diagram: Diagram) -> Picture:
    """The picture of a diagram, laid out when it is asked for."""
    return Picture(lambda: draw_diagram(diagram), lambda terminal: write_diagram(diagram, terminal))
