"""Where everything lies in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ir.floats import FLOAT64, Float
from ..ir.loops import Program, Storage, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LINE = 64  # bytes of the cache
_MEMORY = "%memory"
# Captured Values keep their numbers in memory that all compiled functions share.
_SHARED = {"PARAM": "%parameters", "PARAM_GRAD": "%gradients"}


@dataclass(slots=True)
class Layout:
    """The place of every storage in the step's own row of numbers or in one of the shared two.

    `float` is the type of all numbers. Tables lie one after another in a row of int32.
    """

    float: Float = FLOAT64
    offsets: dict[Storage, int] = field(default_factory=dict)
    tables: dict[Table, int] = field(default_factory=dict)
    size: int = 0
    table_size: int = 0
    inputs: range = range(0)  # where the numbers of the arguments stand, with gaps

    def place(self, storage: Storage) -> None:
        """Give a storage its place, if it has none."""
        if storage in self.offsets:
            return
        if storage.kind in _SHARED:
            self.offsets[storage] = 0
        else:
            self.offsets[storage] = self.size
            line = _LINE // self.float.bytes
            self.size += -(-storage.size // line) * line

    def row(self, storage: Storage) -> str:
        """The pointer to the row of numbers in which a storage has its offset."""
        return _SHARED.get(storage.kind, _MEMORY)

    def memory(self) -> np.ndarray[tuple[int], np.dtype[Any]]:
        """Zeros for the step's own row, aligned, with the constants filled in."""
        memory = aligned(self.size, self.float.name)
        for storage, offset in self.offsets.items():
            if storage.values is not None:
                memory[offset : offset + storage.size] = storage.values
        return memory

    def indices(self) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        """All tables, one after another."""
        row = np.zeros(max(1, self.table_size), np.int32)
        for table, offset in self.tables.items():
            row[offset : offset + len(table.values)] = table.values
        return row

    def choices(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What integers among the arguments decide in the row of tables.

        Returns:
            Four rows, for every such entry: where it is, its site, a base, and a start in the
            second array, such that it is base + second[start + what the site takes].
        """
        rows, steps, start = [np.zeros((4, 0), np.int64)], [np.zeros(0, np.int64)], 0
        for table, offset in self.tables.items():
            chosen = table.chosen
            if chosen is not None:
                here = np.arange(len(table.values)) if chosen.entries is None else chosen.entries
                starts = start + chosen.row * chosen.steps.shape[1]
                rows.append(np.stack([offset + here, chosen.site, chosen.first, starts]))
                steps.append(chosen.steps.ravel())
                start += chosen.steps.size
        return np.concatenate(rows, axis=1), np.concatenate(steps)

    def place_table(self, table: Table) -> None:
        """Give a table its place, if it has none."""
        if table not in self.tables:
            self.tables[table] = self.table_size
            self.table_size += len(table.values)

    def place_program(self, program: Program) -> None:
        """A place for every storage and table of a program."""
        for storage in program.storages():
            self.place(storage)
        for statement in program.statements():
            for operand in (*statement.operands(), statement.target):
                if operand.map.table is not None:
                    self.place_table(operand.map.table)


def aligned(count: int, dtype: str) -> np.ndarray[tuple[int], np.dtype[Any]]:
    """Zeros that begin where a line of the cache does, as native code expects it."""
    size = np.dtype(dtype).itemsize
    raw = np.zeros(count + _LINE // size, dtype)
    skip = -raw.ctypes.data % _LINE // size
    return raw[skip : skip + count]
