"""Writes a diagram as a table: each value with what it was computed from, or layer by layer."""

import textwrap
from collections import Counter
from collections.abc import Sequence

from .cards import symbol
from .diagram import Box, Column, Diagram, Row
from .figures import figure, fill, shorten

INFIX = ("+", "-", "*", "/", "**", "<", "<=", ">", ">=", "==", "!=")
NUMBERS = 26  # the room for value and gradient at the end of a line


def write_table(diagram: Diagram, width: int) -> str:
    """Each value on a line, after those it was computed from; a card's rows below it."""
    shared = Counter(box.name for box in diagram.boxes)
    names = [
        box.name if box.name and shared[box.name] == 1 else f"{box.name}#{place}"
        for place, box in enumerate(diagram.boxes)
    ]
    entering: dict[int, list[tuple[int | None, str]]] = {}
    for edge in diagram.edges:
        entering.setdefault(edge.head, []).append((edge.row, names[edge.tail]))
    room = width - NUMBERS
    lines = [f"{'value':<{room}}{'data':>{NUMBERS // 2}}{'∂':>{NUMBERS // 2}}"]
    for place, box in enumerate(diagram.boxes):
        sources = entering.get(place, [])
        formula = _formula(box, names[place], [name for _, name in sources])
        lines.append(_line(formula, box.value, box.grad, room))
        for index, row in enumerate(box.rows):
            factors = [name for at, name in sources if at == index]
            lines.append(_line("    " + _row(row, factors), row.value, row.grad, room))
    return "\n".join(lines)


def _formula(box: Box, name: str, sources: list[str]) -> str:
    """How a value was computed, like `n = x1w1 + b`."""
    op = symbol(box.op)
    if not box.op:
        return name
    if box.rows:
        sources = ["∑"]
    if op == "∑":
        return f"{name} = ∑"
    if box.op in INFIX and len(sources) == 2:
        return f"{name} = {sources[0]} {op} {sources[1]}"
    if box.op.startswith("**") and len(sources) == 1:
        return f"{name} = {sources[0]}{op}"
    return f"{name} = {op}({', '.join(sources)})"


def _row(row: Row, factors: list[str]) -> str:
    """What a row adds to its card's sum, like `w[0] × x`."""
    product = " × ".join(factors)
    if row.name in ("", "×"):
        return f"× {product}" if row.name else product or "number"
    return f"{row.name} × {product}" if product else row.name


def _line(says: str, value: float | None, grad: float | None, room: int) -> str:
    numbers = "".join(
        f"{'' if number is None else figure(number):>{NUMBERS // 2}}" for number in (value, grad)
    )
    return f"{fill(says, room - 1)} {numbers}".rstrip()


def write_layers(diagram: Diagram, width: int) -> str:
    """A network layer by layer: a line of weights for each neuron, and one of gradients."""
    blocks = []
    for column in diagram.columns:
        boxes = [diagram.boxes[place] for place in column.boxes]
        if any(box.rows for box in boxes):
            blocks.append(_layer(column, boxes, width))
        else:
            says = [_with_value(box) for box in boxes]
            blocks.append(f"{column.name}\n" + _wrapped(says, width))
    return "\n\n".join(blocks)


def _with_value(box: Box) -> str:
    return box.name if box.value is None else f"{box.name} {figure(box.value)}"


def _wrapped(parts: Sequence[str], width: int, indent: str = "  ") -> str:
    """The parts, each kept whole, on as many lines as they need."""
    glued = [part.replace(" ", "\0") for part in parts]
    lines = textwrap.wrap("   ".join(glued), width, initial_indent=indent, subsequent_indent=indent)
    return "\n".join(lines).replace("\0", " ")


def _layer(column: Column, boxes: Sequence[Box], width: int) -> str:
    cells = 9
    head = 8
    known = next(box for box in boxes if box.rows)
    fits = (width - head) // cells
    names = [row.name for row in known.rows] + ["out"] * (known.value is not None)
    lines = [f"{column.name}   {column.says}"]
    if known.bars or len(names) > fits:
        return "\n".join(lines + [_dense(box, width) for box in boxes])
    lines.append(" " * head + "".join(f"{shorten(name, cells - 1):>{cells}}" for name in names))
    for box in boxes:
        lines.append(_cells(f"  {box.name}", [*(row.value for row in box.rows), box.value], cells))
        if any(row.grad is not None for row in box.rows):
            lines.append(_cells("    ∂", [row.grad for row in box.rows], cells))
    return "\n".join(lines)


def _cells(name: str, numbers: Sequence[float | None], cells: int) -> str:
    written = ("" if n is None else shorten(figure(n), cells - 1) for n in numbers)
    return (f"{name:<8}" + "".join(f"{text:>{cells}}" for text in written)).rstrip()


def _dense(box: Box, width: int) -> str:
    """A neuron of many weights: two decimals, several lines, its output first."""
    if not box.rows:
        return f"  {box.name}"
    out = "" if box.value is None else f"   out {figure(box.value)}"
    numbers = [
        (f"{row.name} " if not row.weighs else "") + figure(row.value, 2)
        for row in box.rows
        if row.value is not None
    ]
    more = [row.name for row in box.rows if row.value is None]
    return f"  {box.name}{out}\n" + _wrapped(numbers + more, width, " " * 6)
