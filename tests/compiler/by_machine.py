"""Statements run by machine code, without a trace that they came from."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad.compiler.emitting.emit import ENTRY, emit
from glassgrad.compiler.emitting.layout import Layout
from glassgrad.compiler.ir.floats import FLOAT64, Float
from glassgrad.compiler.ir.loops import Program, Storage
from glassgrad.compiler.machine.llvm import Function, machine_code

Array = np.ndarray[Any, Any]


def natively(
    program: Program, memory: dict[Storage, Array], kind: Float = FLOAT64, lanes: int = 4
) -> str:
    """Run the program on this memory, which then has what it left there; its LLVM text."""
    layout, nothing = Layout(kind), np.zeros(1, kind.name)
    layout.place_program(program)
    for storage in memory:
        layout.place(storage)
    result = next(iter(memory))
    text = emit(program, layout, result, lanes)
    row, tables, out = layout.memory(), layout.indices(), np.zeros(result.size, kind.name)
    for storage, numbers in memory.items():
        row[layout.offsets[storage] :][: storage.size] = numbers.ravel()
    pointers = [x.ctypes.data for x in (row, tables, nothing, nothing)]
    function = Function(machine_code(text), ENTRY)  # whose code lives as long as it does
    function.call(*pointers, 1, out.ctypes.data, 0)
    for storage, numbers in memory.items():
        left = row[layout.offsets[storage] :][: storage.size]
        memory[storage] = left.reshape(numbers.shape).copy()
    np.testing.assert_array_equal(out, memory[result].ravel())  # the results of a call
    return text
