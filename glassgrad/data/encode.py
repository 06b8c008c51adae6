"""From a table of text to the numbers that a network takes, and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..spelling import nearest
from .columns import (
    Category,
    Column,
    Number,
    column_from_dict,
    column_to_dict,
    fit_column,
    not_numbers,
    number,
    ways_out,
)
from .errors import DataError, listing, plural, quoted
from .read import Table
from .target import (
    Classes,
    Target,
    fit_target,
    target_from_dict,
    target_to_dict,
)

Task = Literal["classification", "regression"]
Kind = Literal["target", "text", "numeric", "drop"]


@dataclass(frozen=True, repr=False)
class Encoder:
    """How each column of a table becomes inputs, and one of them the target.

    All that it knows comes from the training rows given to `fit`. Numeric columns are
    standardised, and a missing number counts as the mean, 0. A text column becomes one input for
    each of its values; a missing one, and one never seen in training, is 0 in all of them. Columns
    that are the same in all training rows, or number the rows, are left out.

    Args:
        columns: those that become inputs, in the order of the inputs.
        goal: the column to predict.
        notes: what the user should know of how the columns were taken; not part of the model.
    """

    columns: tuple[Column, ...]
    goal: Target
    notes: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def fit(
        cls,
        table: Table,
        target: str | int,
        *,
        rows: Iterable[int] | None = None,
        task: Task | None = None,
        text: Collection[str] = (),
        numeric: Collection[str] = (),
        drop: Collection[str] = (),
    ) -> Encoder:
        """Decide what each column is from the training rows, and measure it there.

        A column is numeric if each of its cells that is not missing is a finite number, else text.

        Args:
            table: all rows, or the training rows.
            target: the column to predict, by name or by index (-1 is the last).
            rows: the indices of the training rows; None means all.
            task: None means classification if the target is text, or holds at most 20 different
                whole numbers that come at least twice on average; else regression.
            text: columns to take as text whatever they hold, such as post codes.
            numeric: columns to take as numbers; a cell that is none then counts as missing.
            drop: columns to leave out.

        Raises:
            DataError: a column is not there, is missing or constant where it may not be, or looks
                like a mistake; the message tells the cells, their lines and the way out.
        """
        name = table.columns[table.position(target)]
        kinds = kinds_of(table, {"target": [name], "text": text, "numeric": numeric, "drop": drop})
        training = table if rows is None else table.select(rows)
        if not training.rows:
            raise DataError(f"{table.source}: there are no training rows.")
        goal = fit_target(training, name, task)
        columns, notes, problems = fit_columns(training, kinds)
        if problems:
            raise DataError("\n".join(problems.values()))
        if not columns:
            raise DataError(
                f"{table.source}: no column is left to predict {name!r} from. {' '.join(notes)}"
            )
        return cls(tuple(columns), goal, tuple(notes))

    @property
    def features(self) -> list[str]:
        """The name of each input: a numeric column's own, or 'island=Dream' for a text column."""
        return [feature for column in self.columns for feature in column.features]

    @property
    def target(self) -> str:
        """The name of the column to predict."""
        return self.goal.name

    @property
    def task(self) -> Task:
        """Whether classes or a quantity is predicted."""
        return "classification" if isinstance(self.goal, Classes) else "regression"

    @property
    def classes(self) -> list[str]:
        """The names of the classes, in the order of their indices; empty for regression."""
        return list(self.goal.values) if isinstance(self.goal, Classes) else []

    def __repr__(self) -> str:
        goal = f"{len(self.classes)} classes" if self.classes else "a number"
        return (
            f"<Encoder: {plural(len(self.columns), 'column')} as"
            f" {plural(len(self.features), 'input')}, target {self.target} ({goal})>"
        )

    def inputs(self, table: Table) -> list[list[float]]:
        """Return the inputs, one list of `len(features)` numbers for each row.

        Columns are found by name: their order does not matter, and others are passed over.

        Raises:
            DataError: columns are missing (with the nearest names that are there), or a numeric
                column holds a cell that is no number (with its line).
        """
        self._require_columns(table)
        features = [feature for column in self.columns for feature in column.encode(table)]
        return [list(row) for row in zip(*features, strict=True)]

    def targets(self, table: Table) -> list[int] | list[float]:
        """Return each row's class index, or its standardised value for regression.

        Raises:
            DataError: the target is missing, no number, or a class that training had not.
        """
        return self.goal.encode(table)

    def check(self, table: Table) -> None:
        """Make sure that `inputs` can take this table; for rows kept aside, before the training.

        Raises:
            DataError: cells of numeric columns are no numbers; tells of all these columns, and
                how else they can be taken.
        """
        self._require_columns(table)
        problems = [
            f"{table.source}: column {column.name!r} holds numbers in the training rows, but"
            f" {not_numbers(strays)}. Correct them, or leave them empty; {ways_out(column.name)}."
            for column in self.columns
            if isinstance(column, Number) and (strays := column.strays(table))
        ]
        if problems:
            raise DataError("\n".join(problems))

    def decode(self, outputs: Sequence[float]) -> list[str] | list[float]:
        """Turn class indices into names, or standardised values into the target's own unit."""
        return self.goal.decode(outputs)

    def unseen(self, table: Table) -> list[str]:
        """Say which text values of this table were not in the training rows, a sentence each."""
        self._require_columns(table)
        categories = [column for column in self.columns if isinstance(column, Category)]
        return [said for column in categories for said in column.unseen(table)]

    def _require_columns(self, table: Table) -> None:
        known = [column.name for column in self.columns]
        others = [name for name in table.columns if name not in known]
        lost = [
            f"{name!r} (is it {near!r}?)" if (near := nearest(name, others)) else repr(name)
            for name in known
            if name not in table.columns
        ]
        if lost:
            raise DataError(
                f"{table.source} lacks {plural(len(lost), 'column')} of those that the model was"
                f" trained on: {listing(lost, 8)}. Its columns are {quoted(table.columns)}."
            )

    def to_dict(self) -> dict[str, object]:
        """Return all that is needed to encode again, as plain data for JSON."""
        return {
            "columns": [column_to_dict(column) for column in self.columns],
            "target": target_to_dict(self.goal),
        }

    @classmethod
    def from_dict(cls, data: object) -> Encoder:
        """Rebuild an encoder from `to_dict`, or raise DataError if the data was changed."""
        match data:
            case {"columns": [_, *_] as columns, "target": goal, **rest} if not rest:
                encoder = cls(tuple(map(column_from_dict, columns)), target_from_dict(goal))
                names = [encoder.target, *(column.name for column in encoder.columns)]
                if len(set(names)) == len(names):
                    return encoder
        raise DataError(f"This does not describe an encoder: {str(data)[:200]}")


def kinds_of(table: Table, said: Mapping[Kind, Collection[str]]) -> dict[str, Kind]:
    """Return what the user said of each column, after a check that it exists and is named once."""
    kinds: dict[str, Kind] = {}
    for kind, names in said.items():
        for name in [names] if isinstance(names, str) else names:
            column = table.columns[table.position(name)]
            if kinds.setdefault(column, kind) != kind:
                raise DataError(f"Column {column!r} can't be both {kinds[column]!r} and {kind!r}.")
    return kinds


def fit_columns(
    training: Table, kinds: Mapping[str, Kind]
) -> tuple[list[Column], list[str], dict[str, str]]:
    """Return the columns that become inputs, what to know of the others, and what is wrong.

    The last is a message for the name of each column that can't be taken as it is.
    """
    columns: list[Column] = []
    notes: list[str] = []
    problems: dict[str, str] = {}
    left_out = [name for name, kind in kinds.items() if kind in ("target", "drop")]
    alone = len(training.columns) - len(left_out) == 1
    for name in training.columns:
        kind = kinds.get(name)
        if kind == "target" or kind == "drop":
            continue
        if not kind and not alone and _numbers_rows(training, name):
            notes.append(f"Left out {name!r}: it numbers the rows.")
            continue
        try:
            column, note = fit_column(training, name, kind)
        except DataError as error:
            problems[name] = str(error)
            continue
        columns += [column] if column else []
        notes += [note] if note else []
    return columns, notes, problems


def _numbers_rows(table: Table, name: str) -> bool:
    """Whether a column counts the rows by ones, as the index does that pandas and R write."""
    cells = table.column(name)
    first = number(cells[0])
    return (
        len(cells) > 2
        and first is not None
        and all(
            number(cell) == first + line - table.lines[0]
            for line, cell in zip(table.lines, cells, strict=True)
        )
    )
