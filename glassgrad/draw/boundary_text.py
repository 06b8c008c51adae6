"""Writes a decision boundary in characters, two places of the plane to each by half blocks."""

import textwrap

from ..draw import style
from .colour import mix
from .decisions import Decisions
from .figures import shorten, tick
from .grid import ASCII
from .plane import decide
from .text import Terminal

ROWS = 22
COLUMNS = 66
SHADES = " ░▒▓"
MARKS = "0123456789"
WRONG = "⓪①②③④⑤⑥⑦⑧⑨"
RESET = "\033[0m"


def write_boundary(decisions: Decisions, terminal: Terminal) -> str:
    """The plane as shades, or as colours, with the points as signs or numbers of their class."""
    columns = min(COLUMNS, terminal.width - 10)
    plane = decisions.plane
    halves = [
        [
            decide(plane.at((column + 0.5) / columns, (half + 0.5) / (2 * ROWS)))
            for column in range(columns)
        ]
        for half in range(2 * ROWS)
    ]
    marks = _marks(decisions, columns)
    labels = _heights(decisions)
    heading = f"decision boundary   {decisions.says()}   {decisions.missing()}".rstrip()
    lines = [textwrap.fill(heading, terminal.width)]
    for row in range(ROWS):
        pair = halves[2 * row : 2 * row + 2]
        here = {column: mark for (column, at), mark in marks.items() if at == row}
        if terminal.colour:
            cells = _painted(pair, here, decisions)
        else:
            shades = [_shade(upper, lower, decisions) for upper, lower in zip(*pair, strict=True)]
            cells = "".join(here.get(column, shade) for column, shade in enumerate(shades))
        lines.append(f"{labels.get(row, ''):>7} │{cells}│")
    lines.append(" " * 8 + "╰" + "─" * columns + "╯")
    low, high = tick(_round(plane.across.low)), tick(_round(plane.across.high))
    name = shorten(decisions.features[0], columns - 20)
    lines.append(f"{'':9}{low}{name:^{columns - len(low) - len(high)}}{high}")
    lines.append(_legend(decisions, terminal))
    text = "\n".join(lines)
    return text.translate(ASCII) if terminal.ascii else text


def _round(number: float) -> float:
    return float(f"{number:.2g}")


def _heights(decisions: Decisions) -> dict[int, str]:
    """What stands beside the rows: the second input's ends and name."""
    down = decisions.plane.down
    return {
        0: tick(_round(down.high)),
        ROWS // 2: shorten(decisions.features[1], 7),
        ROWS - 1: tick(_round(down.low)),
    }


def _marks(decisions: Decisions, columns: int) -> dict[tuple[int, int], str]:
    """The mark at each place; where points fall together, a wrong one is on top."""
    plane = decisions.plane
    found: dict[tuple[int, int], str] = {}
    for (x, y), label, wrong in zip(
        decisions.points, decisions.labels, decisions.wrong, strict=True
    ):
        place = (
            min(columns - 1, int(plane.across(x) * columns)),
            min(ROWS - 1, int((1 - plane.down(y)) * ROWS)),
        )
        if wrong or place not in found:
            found[place] = _mark(decisions, label, wrong=wrong)
    return found


def _mark(decisions: Decisions, label: int, *, wrong: bool) -> str:
    if decisions.signed:
        return "⊖⊕"[label] if wrong else "−+"[label]
    return (WRONG if wrong else MARKS)[label % 10]


def _shade(upper: int | None, lower: int | None, decisions: Decisions) -> str:
    """A character without colour: the side of plus is shaded, its edge drawn by half blocks."""
    if upper is None or lower is None:
        return "×"
    if decisions.signed and upper != lower:
        return "▀" if upper else "▄"
    return SHADES[upper % len(SHADES)]


def _painted(halves: list[list[int | None]], marks: dict[int, str], decisions: Decisions) -> str:
    """A row in colour: the upper half in front, the lower half behind."""
    text = code = ""
    for column, (upper, lower) in enumerate(zip(*halves, strict=True)):
        mark = marks.get(column)
        front = style.INK if mark else _colour(upper, decisions)
        wanted = _ansi(38, front) + _ansi(48, _colour(upper if mark else lower, decisions))
        text += (wanted if wanted != code else "") + (mark or "▀")
        code = wanted
    return text + RESET


def _colour(decision: int | None, decisions: Decisions) -> str:
    if decision is None:
        return style.ALARM_SOFT
    if decisions.signed:
        return (style.MAP_MINUS, style.MAP_PLUS)[decision]
    return style.CLASS_TINTS[decision % len(style.CLASS_TINTS)]


def _ansi(ground: int, colour: str) -> str:
    r, g, b = mix(colour, colour, 0.0)
    return f"\033[{ground};2;{r};{g};{b}m"


def _legend(decisions: Decisions, terminal: Terminal) -> str:
    parts = []
    for label, name in enumerate(decisions.names):
        mark = _mark(decisions, label, wrong=False)
        parts.append(mark if mark == name else f"{mark} {shorten(name, 20)}")
    if any(decisions.wrong):
        rings = {_mark(decisions, label, wrong=True) for label in set(decisions.labels)}
        marks = "!" if terminal.ascii else " ".join(sorted(rings))
        parts.append(f"{marks} decided otherwise")
    indent = " " * 9
    return textwrap.fill(
        "   ".join(parts), terminal.width, initial_indent=indent, subsequent_indent=indent
    )
