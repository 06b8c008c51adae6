"""Curves in characters: each braille character is a field of two by four dots."""

from collections.abc import Iterator, Sequence

# The bit of each dot in a braille character, by row and column (Unicode 10.0, U+2800).
BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
FAINT, NORMAL = "\033[2m", "\033[0m"


class Dots:
    """A field of dots, or of single marks where only ASCII can be written."""

    def __init__(self, columns: int, rows: int, *, ascii: bool) -> None:
        self.columns = columns
        self.rows = rows
        self.ascii = ascii
        self._bits: dict[tuple[int, int], int] = {}
        self._faint: set[tuple[int, int]] = set()

    def curve(self, points: Sequence[tuple[int, int | None]], *, faint: bool) -> None:
        """Joins points given in dots; a None breaks the line, a faint one has gaps."""
        before: tuple[int, int] | None = None
        for x, y in points:
            if y is None:
                before = None
                continue
            steps = max(abs(x - before[0]), abs(y - before[1]), 1) if before else 1
            start = before or (x, y)
            for step in range(steps + 1):
                across = start[0] + (x - start[0]) * step // steps
                down = start[1] + round((y - start[1]) * step / steps)
                if not faint or across % 4 < 2:
                    self._set(across, down, faint)
            before = (x, y)

    def _set(self, x: int, y: int, faint: bool) -> None:
        cell = (x // 2, y // 4)
        if faint:
            self._faint.add(cell)
        else:
            self._faint.discard(cell)
        if self.ascii:
            self._bits[cell] = ord("o" if cell in self._faint else "*")
        else:
            self._bits[cell] = self._bits.get(cell, 0x2800) | BITS[y % 4][x % 2]

    def lines(self, *, colour: bool) -> Iterator[str]:
        """The rows from the top; with colour, what is faint is also dimmed."""
        for row in range(self.rows):
            line = ""
            for column in range(self.columns):
                bits = self._bits.get((column, row))
                mark = chr(bits) if bits else " "
                faint = colour and bits and (column, row) in self._faint
                line += f"{FAINT}{mark}{NORMAL}" if faint else mark
            yield line
