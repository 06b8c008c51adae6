"""Memory that all compiled functions share: a row of data and a row of gradients.

Note [Arena]
The numbers of a captured Value stand in a slot of the arena, at the same place in both rows, for as
long as the Value lives. The rows are reserved once and never move, so native code addresses them
directly, and every function sees what every other one has written. The system provides pages of
memory when they are first touched. They are private: a forked process has numbers of its own.
"""

from __future__ import annotations

import ctypes
import mmap
from array import array
from typing import Any

from ..ir.unsupported import Unsupported

_MOST, _LEAST = 2**26, 2**16  # slots; as Python objects so many Values take 10 GB
_APART = 272  # slots between the rows: 17 lines of float32, 34 of float64
_LINE = 8  # slots: where a run of them begins, a vector may be loaded at once


class Arena:
    """Slots for numbers of one type.

    Attributes:
        data, grads: both rows, by slot; reading gives floats.
        dtype: NumPy's name of the type.
    """

    def __init__(self, dtype: str, code: str) -> None:
        self.dtype, self._code = dtype, code
        size = array(code).itemsize
        self.capacity, self._memory = _reserved(2 * size)
        row: Any = memoryview(self._memory).cast(code)  # type: ignore[call-overload]  # no literal
        self._grads = self.capacity + _APART  # the slot of the first gradient
        self.data, self.grads = row[: self.capacity], row[self._grads :]
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        self._size = size
        self._end = 0  # no slot from here on was ever taken
        self._free: list[range] = []  # runs before the end, in order
        self._given_back: list[int] = []  # slots that wait to be sorted into the runs

    def address(self, slot: int) -> tuple[int, int]:
        """Where the data and the gradient of a slot stand."""
        data = self._address + self._size * slot
        return data, data + self._size * self._grads

    def take(self, count: int) -> int:
        """The first of `count` slots side by side.

        Raises:
            Unsupported: there are not so many left.
        """
        self._sort_in()
        for k, run in enumerate(self._free):
            first = _at_line(run.start)
            if first + count <= run.stop:
                rest = (range(run.start, first), range(first + count, run.stop))
                self._free[k : k + 1] = [part for part in rest if part]
                return first
        first = _at_line(self._end)
        if first + count > self.capacity:
            raise Unsupported(f"it captures more Values than {self.capacity}")
        if first > self._end:
            self._free.append(range(self._end, first))
        self._end = first + count
        return first

    def row(self, numbers: list[float]) -> memoryview[float]:
        """Numbers as slots side by side hold them."""
        return memoryview(array(self._code, numbers))

    def give_back(self, slot: int) -> None:
        """Let others have a slot. Safe at any moment, for Values die at any."""
        self._given_back.append(slot)

    def _sort_in(self) -> None:
        count = len(self._given_back)
        slots, self._given_back[:count] = sorted(self._given_back[:count]), []
        runs: list[range] = []
        for run in sorted([*self._free, *(range(s, s + 1) for s in slots)], key=lambda r: r.start):
            if runs and runs[-1].stop == run.start:
                runs[-1] = range(runs[-1].start, run.stop)
            else:
                runs.append(run)
        self._free = runs


def _reserved(size: int) -> tuple[int, Any]:
    """Memory for two rows of as many slots of `size` bytes in both as the system grants."""
    flags = getattr(mmap, "MAP_PRIVATE", None)
    capacity = _MOST
    while True:
        try:
            if flags is None:  # Windows, where no process is forked
                return capacity, mmap.mmap(-1, (capacity + _APART) * size)
            return capacity, mmap.mmap(-1, (capacity + _APART) * size, flags=flags)
        except (OSError, ValueError):
            capacity //= 2
            if capacity < _LEAST:
                raise


def _at_line(slot: int) -> int:
    return -(-slot // _LINE) * _LINE
