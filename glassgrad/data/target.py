"""What is to be predicted: one of some classes, or a quantity, standardised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from .columns import (
    are_names,
    mean_and_scale,
    mistaken_numbers,
    not_numbers,
    number,
    too_many,
)
from .errors import DataError, in_lines, listing, plural, quoted
from .read import Table

MAX_INTEGER_CLASSES = 20


@dataclass(frozen=True)
class Classes:
    """A target that is one of some classes, encoded as its index in `values`.

    Args:
        values: the names of the classes; numbers by size ("2" before "10", "1.0" is "1"), text by
            alphabet.
    """

    name: str
    values: tuple[str, ...]

    def encode(self, table: Table) -> list[int]:
        """Return the index of each row's class."""
        cells = present_cells(table, self.name)
        index = {value: i for i, value in enumerate(self.values)}
        spell = _plain if all(number(value) is not None for value in self.values) else str
        strange = [(line, cell) for line, cell in cells if spell(cell) not in index]
        if strange:
            shown = listing([f"{cell!r} (line {line})" for line, cell in strange])
            raise DataError(
                f"{table.source}: {self.name!r} has classes that the training rows lack: {shown}."
                f" Known are {quoted(self.values)}. Correct them, leave these rows out, or"
                " train on a table that has rows of each class."
            )
        return [index[spell(cell)] for _, cell in cells]

    def decode(self, outputs: Sequence[float]) -> list[str]:
        """Return the names of the classes with these indices."""
        return [self.values[int(output)] for output in outputs]


@dataclass(frozen=True)
class Quantity:
    """A numeric target, encoded as (value - mean) / scale with those of the training rows."""

    name: str
    mean: float
    scale: float

    def encode(self, table: Table) -> list[float]:
        """Return each row's standardised value."""
        values = [(line, cell, number(cell)) for line, cell in present_cells(table, self.name)]
        strays = [(line, cell) for line, cell, value in values if value is None]
        if strays:
            raise DataError(
                f"{table.source}: target {self.name!r} is numeric, but {not_numbers(strays)}."
                " Correct them, or leave these rows out."
            )
        return [(value - self.mean) / self.scale for *_, value in values if value is not None]

    def decode(self, outputs: Sequence[float]) -> list[float]:
        """Map standardised outputs back to the target's own unit."""
        return [self.mean + self.scale * output for output in outputs]


Target = Classes | Quantity


def fit_target(table: Table, name: str, task: str | None) -> Target:
    """Decide what the target of the training rows is, and measure it.

    Args:
        table: the training rows, and no others.
        name: the target's.
        task: "classification", "regression", or None to look at the cells: classification if they
            are text, or whole numbers with at most 20 different ones that come at least twice on
            average; else regression.

    Raises:
        DataError: a target is missing, all are the same, or they don't suit the task.
    """
    if task not in (None, "classification", "regression"):
        raise DataError(f"task must be 'classification', 'regression' or None, not {task!r}.")
    cells = present_cells(table, name)
    values = [value for _, cell in cells if (value := number(cell)) is not None]
    different = sorted(set(values)) if len(values) == len(cells) else None
    if len({cell for _, cell in cells}) == 1 or (different and len(different) == 1):
        raise DataError(
            f"{table.source}: target {name!r} is {cells[0][1]!r} in all"
            f" {plural(len(cells), 'training row')}; there is nothing to learn. Choose another"
            " target, or add rows in which it differs."
        )
    if task is None and different is None:
        _refuse_no_classes(table, name, cells)
    if task is None:
        task = (
            "classification" if different is None or _few(different, len(cells)) else "regression"
        )
    if task == "classification":
        names = sorted({cell for _, cell in cells}) if different is None else map(_spell, different)
        return Classes(name, tuple(names))
    if different is None:
        strays = [(line, cell) for line, cell in cells if number(cell) is None]
        raise DataError(
            f"{table.source}: regression needs numbers in target {name!r}, but"
            f" {not_numbers(strays)}. Correct them, or take the task as classification."
        )
    return Quantity(name, *mean_and_scale(values, f"{table.source}: target {name!r}"))


def present_cells(table: Table, name: str) -> list[tuple[int, str]]:
    """Return line and cell of the target in each row, or raise DataError if any is missing."""
    cells = list(zip(table.lines, table.column(name), strict=True))
    empty = [line for line, cell in cells if not cell]
    if empty:
        raise DataError(
            f"{table.source}: target {name!r} is missing in {plural(len(empty), 'row')}"
            f" ({in_lines(empty)}). Leave such rows out with table.drop_missing({name!r})."
        )
    return cells


def _refuse_no_classes(table: Table, name: str, cells: list[tuple[int, str]]) -> None:
    if meant := mistaken_numbers(cells):
        raise DataError(
            f"{table.source}: target {name!r} {meant}; or, if these are classes, pass"
            " task='classification'."
        )
    different = {cell for _, cell in cells}
    if too_many(len(different), len(cells)):
        raise DataError(
            f"{table.source}: target {name!r} has {len(different):,} different texts in"
            f" {plural(len(cells), 'training row')} ({quoted(sorted(different), 3)}): they seem to"
            " name rows rather than classes. Choose another target, or pass task='classification'."
        )


def _few(different: Sequence[float], rows: int) -> bool:
    """Whether numbers are classes: whole, few, and each twice on average."""
    whole = all(value.is_integer() for value in different)
    return whole and len(different) <= MAX_INTEGER_CLASSES and 2 * len(different) <= rows


def _spell(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _plain(cell: str) -> str:
    """Spell a number the one way that classes are named: "1.0" and "1" are the same class."""
    value = number(cell)
    return cell if value is None else _spell(value)


def target_to_dict(target: Target) -> dict[str, object]:
    """Return the target as plain data for JSON."""
    if isinstance(target, Quantity):
        return {"kind": "quantity", **asdict(target)}
    return {"kind": "classes", "name": target.name, "values": list(target.values)}


def target_from_dict(data: object) -> Target:
    """Rebuild a target, or raise DataError if the data is not what `target_to_dict` wrote."""
    match data:
        case {"kind": "classes", "name": str(name), "values": [_, _, *_] as values, **rest} if (
            not rest and are_names(values)
        ):
            return Classes(name, tuple(values))
        case {
            "kind": "quantity", "name": str(name), "mean": float(mean), "scale": float(scale),
            **rest
        } if not rest and math.isfinite(mean) and 0.0 < scale < math.inf:  # fmt: skip
            return Quantity(name, mean, scale)
    raise DataError(f"This does not describe a target: {str(data)[:200]}")
