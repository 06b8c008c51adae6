"""A page of characters: boxes and right-angled lines on it, joined where they meet."""

from collections.abc import Sequence
from itertools import pairwise

from .figures import columns, fill

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8

# The character for each set of sides at which a line leaves a cell, by the sum of their numbers.
JOINTS = " │││─╯╮┤─╰╭├─┴┬┼"

# What stands in for each character where only ASCII can be written.
STAND_INS = {
    "-": "─╌−",
    "|": "│╎┃",
    "+": "╯╰╮╭┤├┴┬┼┌┐└┘",
    "!": "⊕⊖⓪①②③④⑤⑥⑦⑧⑨",
    "*": "×",
    ".": "·░",
    ":": "▒",
    "%": "▓",
    "#": "█",
    '"': "▀",
    "_": "▄",
    "~": "…",
    "sum": "∑",
    "->": "→",
    "d": "∂",
}
ASCII = str.maketrans({mark: plain for plain, marks in STAND_INS.items() for mark in marks})


class Grid:
    """A page of characters that grows as it is drawn on."""

    def __init__(self) -> None:
        self._lines: dict[tuple[int, int], int] = {}
        self._text: dict[tuple[int, int], str] = {}

    def __str__(self) -> str:
        if not self._lines and not self._text:
            return ""
        cells = {at: JOINTS[joint] for at, joint in self._lines.items()} | self._text
        height = max(y for _, y in cells) + 1
        width = max(x for x, _ in cells) + 1
        lines = ("".join(cells.get((x, y), " ") for x in range(width)) for y in range(height))
        return "\n".join(line.rstrip() for line in lines)

    def write(self, x: int, y: int, text: str) -> None:
        """Writes a line of text over what is there."""
        for character in text:
            wide = columns(character)
            if wide:
                self._text[x, y] = character
                if wide == 2:
                    self._text[x + 1, y] = ""  # taken by the wide character before
                x += wide

    def run(self, points: Sequence[tuple[int, int]]) -> None:
        """Draws a line along the points; each step is horizontal or vertical."""
        for (x, y), (to_x, to_y) in pairwise(points):
            step_x, step_y = _sign(to_x - x), _sign(to_y - y)
            ahead, behind = _joints(step_x, step_y)
            while (x, y) != (to_x, to_y):
                self._join(x, y, ahead)
                x, y = x + step_x, y + step_y
                self._join(x, y, behind)

    def _join(self, x: int, y: int, joint: int) -> None:
        self._lines[x, y] = self._lines.get((x, y), 0) | joint

    def box(self, x: int, y: int, lines: Sequence[str], width: int, corners: str) -> None:
        """Draws a frame with its top left corner at (x, y) around lines of text.

        `corners` has the four corners from the top left on, then the horizontal, the right and the
        left side.
        """
        top_left, top_right, bottom_left, bottom_right, flat, side, left_side = tuple(corners)
        self.write(x, y, top_left + flat * (width - 2) + top_right)
        for offset, line in enumerate(lines, start=1):
            self.write(x, y + offset, f"{left_side} {fill(line, width - 4)} {side}")
        self.write(x, y + len(lines) + 1, bottom_left + flat * (width - 2) + bottom_right)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _joints(step_x: int, step_y: int) -> tuple[int, int]:
    """Where a step leaves its cell, and where it enters the next."""
    if step_x:
        return (RIGHT, LEFT) if step_x > 0 else (LEFT, RIGHT)
    return (DOWN, UP) if step_y > 0 else (UP, DOWN)
