"""Functions of Python made of machine code, by CPython's published way."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

ONE, NONE, FAST = 8, 4, 128  # how arguments are taken: METH_O, METH_NOARGS, METH_FASTCALL


class Definition(ctypes.Structure):
    """A PyMethodDef. It has to live as long as what is made of it."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


def function_of(definition: Definition, owner: object = None) -> Callable[..., Any]:
    """The function, which has `owner` as the first argument of its machine code."""
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype, make.argtypes = (
        ctypes.py_object,
        [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p],
    )
    made: Callable[..., Any] = make(ctypes.addressof(definition), owner, None)
    return made
