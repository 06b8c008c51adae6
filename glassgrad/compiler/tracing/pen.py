"""`Pen`: native code that writes a trace's operations down, for traces of many operations.

Note [Pen]
What Python does at an operation of a trace costs several times what the user's own code around it
does. So when a trace grows long, the methods of its classes give way to native ones. These do what
the methods in traced.py do, to the last node, where both operands are computed Values, captured
ones, arguments or constants that were met before; whatever else comes they pass on to the methods
that they replaced. They use CPython's published functions alone. Where an attribute lies in an
object is found by looking. On another Python, or without LLVM, traces stay with Python's methods.
"""

from __future__ import annotations

import ctypes
import sys
import sysconfig
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ... import modes
from ...ops import TABLE
from ...value import Value
from ..ir.graph import Graph, opcode
from ..ir.progress import stage
from ..machine.methods import FAST, NONE, ONE, Definition, function_of
from .leaf import Leaves
from .marks import Marks
from .numbers import Number, Selecting, Unshared
from .pen_code import LINES, METHODS, STATE, functions_text
from .pen_leaves import BOUND, GOLDEN
from .pen_numbers import OF_NUMBERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..machine.llvm import Loaded

_FIELDS = 5  # of an operation: its line, code and three operands
_MOST = 1 << 14  # operations that wait


class _Bound(ctypes.Structure):
    """A PyGetSetDef."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("get", ctypes.c_void_p),
        ("set", ctypes.c_void_p),
        ("doc", ctypes.c_char_p),
        ("closure", ctypes.c_void_p),
    )


class Traced(Protocol):
    """What the native methods look into: the tape of a trace, see tape.py."""

    node_class: type[Value]
    taken_class: type[Value]
    leaves: Leaves
    sites: Selecting
    constants: dict[Any, int]
    inputs: set[int]
    calm: int
    thread: int


class Pen:
    """The native methods, for one trace at a time.

    Attributes:
        append: takes the line, code and operands of an operation, and returns its node.
        shared: takes a code and two operands; the node of this operation on numbers, an old one or
            a new one.
        share: takes the same and a node, and has `shared` know it.
    """

    def __init__(self, code: Loaded) -> None:
        self._code, address = code, code.address
        self._state = (ctypes.c_int64 * len(STATE)).from_address(address("state"))
        self._lines = (ctypes.c_int64 * (2 * LINES)).from_address(address("lines"))
        self._waiting = np.empty((_MOST, _FIELDS), np.int32)
        self._methods = {
            name: Definition(
                name.encode(), address(f"gg_{name}"), ONE if arity == 2 else NONE, None
            )
            for name, arity in METHODS.items()
        }
        self._of_numbers = {
            name: Definition(name.encode(), address(f"gg{name}"), ONE, None) for name in OF_NUMBERS
        }
        self._bound = {
            name: _Bound(
                name.encode(), address(f"gg_get_{name}"), address(f"gg_set_{name}"), None, None
            )
            for name in BOUND
        }
        self._leaves = Leaves(())
        self._places = np.zeros(0, np.uint64)  # of leaves: an address and a number, again and again
        self._loose = Marks()
        self._common = np.zeros((0, 2), np.int64)  # the operations that are shared
        self._fast = [
            Definition(name.encode(), address(f"gg_{name}"), FAST, None)
            for name in ("append", "shared", "share")
        ]
        functions: Iterable[Callable[..., int]] = map(function_of, self._fast)
        self.append, self.shared, self.share = functions
        self._graph: Graph | None = None
        self._frame: Any = None
        self._kept: list[Any] = []  # what native code points to
        self._replaced: dict[type, dict[str, Any]] = {}  # class -> its Python methods
        self._of_bound = {
            f"{what}_{name}": self._by_python(name, f"__{what}__")
            for name in BOUND
            for what in ("get", "set", "delete")
        }
        for name, method in self._of_bound.items():
            self._set(name, id(method))
        self._by_name = {name: _by_name(name) for name in (*METHODS, *OF_NUMBERS)}
        for name in _FUNCTIONS:
            function = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p)
            self._set(name, function.value or 0)
        self._set("float", id(float))
        self._set("int", id(int))
        self._set("number", id(Number))
        self._set("unshared", id(Unshared))
        self._set("data_at", offset(Value, "_data"))
        self._set("node_at", offset(Number, "_node"))
        self._set("tape_at", offset(Number, "_tape"))
        self._set("buffer", self._waiting.ctypes.data)
        self._ready = self.ready  # one object, for its address must stay

    def _set(self, name: str, x: int) -> None:
        self._state[STATE[name]] = x

    def _by_python(self, name: str, what: str) -> Callable[..., Any]:
        """What the property of Python's that a native one replaced does."""
        return lambda value, *x: getattr(self._replaced[type(value)][name], what)(value, *x)

    @property
    def is_free(self) -> bool:
        """Whether no trace has it."""
        return self._graph is None

    def waiting(self) -> int:
        """How many operations are not in the graph yet."""
        return self._state[STATE["at"]]

    def take(self, tape: Traced, graph: Graph, line_of: Callable[[Any], tuple[int, bool]]) -> None:
        """Write from now on into this graph of this tape.

        Args:
            line_of: gives the number of a frame's line, and whether it is that of its own code.
        """

        def told(frame: Any) -> int:
            line, is_own = line_of(frame)
            if is_own:
                key = id(frame.f_code) + frame.f_lasti
                at = 2 * ((key >> 1) % LINES)
                self._lines[at], self._lines[at + 1] = key, line
            else:
                self._frame = frame  # alive, for native code knows it by its address
                self._set("frame", id(frame))
                self._set("line", line)
            return line

        self._graph = graph
        named: dict[str, Any] = {
            "node_class": tape.node_class,
            "tape": tape,
            "taken_class": tape.taken_class,
            "constants": tape.constants,
            "inputs": tape.inputs,
            "modes": vars(modes),
            "active": sys.intern("active"),
            "calm": tape.calm,
            "line_of": told,
            "flush": self._ready,
        }
        self._kept = list(named.values())
        for name, thing in named.items():
            self._set(name, id(thing))
        self._set("thread", tape.thread)
        for name in ("frame", "leaf_class", "at", "most", "is_free", "bindings", "loose"):
            self._set(name, 0)
        self.zero(tape.constants.get("0.0", -1))
        self._loose = tape.sites.loose
        self._loose.moved = self._follow
        self._set("first", len(graph))
        if self._loose:
            self._follow()
        self._common = np.zeros((0, 2), np.int64)
        self._set("shared", 0)
        self._make_room()
        self._leaves = tape.leaves
        self._enter_all()
        self._dress_numbers()
        ctypes.memset(self._lines, 0, ctypes.sizeof(self._lines))

    def dress(self, kind: type, is_node: bool) -> None:
        """Give a class of a trace the native methods."""
        before = vars(kind)
        old = self._replaced.setdefault(kind, {})
        make = ctypes.pythonapi.PyDescr_NewMethod
        make.restype, make.argtypes = ctypes.py_object, [ctypes.py_object, ctypes.c_void_p]
        for row in TABLE.values():
            if row.name not in METHODS:
                continue
            names = [f"__{row.operator}__"] if row.operator else []
            if row.arity == 1:
                names += [row.name, *row.aliases]
            native = make(kind, ctypes.addressof(self._methods[row.name]))
            self._set(f"code {row.name}", opcode(row))
            for name in names:
                self._set(f"{'node' if is_node else 'leaf'} {row.name}", id(before[name]))
                old[name] = before[name]
                setattr(kind, name, native)
        if not is_node:
            self._set("leaf_class", id(kind))
            self._dress_bound(kind, old)

    def _dress_bound(self, kind: type, old: dict[str, Any]) -> None:
        """Give a class of leaves native `data` and `grad`."""
        make = ctypes.pythonapi.PyDescr_NewGetSet
        make.restype, make.argtypes = ctypes.py_object, [ctypes.py_object, ctypes.c_void_p]
        for name in BOUND:
            old[name] = vars(kind)[name]
            setattr(kind, name, make(kind, ctypes.addressof(self._bound[name])))

    def _dress_numbers(self) -> None:
        """Give numbers native arithmetic."""
        make = ctypes.pythonapi.PyDescr_NewMethod
        make.restype, make.argtypes = ctypes.py_object, [ctypes.py_object, ctypes.c_void_p]
        old = self._replaced.setdefault(Number, {})
        for name, definition in self._of_numbers.items():
            old[name] = vars(Number)[name]
            self._set(f"python {name}", id(old[name]))
            setattr(Number, name, make(Number, ctypes.addressof(definition)))

    def enter(self, value: Value) -> None:
        """Know a leaf that is new."""
        count = len(self._leaves.values)
        if 4 * count > len(self._places):
            self._enter_all()
        else:
            self._set("rows", self._leaves.rows.buffer_info()[0])
            self._enter(np.array([id(value)], np.uint64), np.array([count - 1], np.uint64))

    def _enter_all(self) -> None:
        """Make room for all leaves and as many again, and enter those that there are."""
        values = self._leaves.values
        bits = max(8, (2 * len(values)).bit_length() + 1)
        self._places = np.zeros(2 << bits, np.uint64)
        self._set("leaf_keys", self._places.ctypes.data)
        self._set("leaf_shift", 64 - bits)
        self._set("leaf_mask", (1 << bits) - 1)
        self._set("rows", self._leaves.rows.buffer_info()[0])
        self._enter(np.fromiter(map(id, values), np.uint64, len(values)), np.arange(len(values)))

    def _enter(self, keys: NDArray[np.uint64], numbers: NDArray[np.integer[Any]]) -> None:
        table, mask = self._places.reshape(-1, 2), self._state[STATE["leaf_mask"]]
        shift = np.uint64(self._state[STATE["leaf_shift"]])
        at = ((keys * np.uint64(GOLDEN)) >> shift).astype(np.int64)
        while len(keys):
            free = table[at, 0] == 0
            table[at[free], 0] = keys[free]  # of several the last one stays
            is_in = table[at, 0] == keys
            table[at[is_in], 1] = numbers[is_in]
            keys, numbers, at = keys[~is_in], numbers[~is_in], (at[~is_in] + 1) & mask

    def zero(self, node: int) -> None:
        """Know the node of 0."""
        self._set("zero", node)

    def bindings(self) -> int:
        """How often data was assigned natively."""
        return self._state[STATE["bindings"]]

    def _follow(self) -> None:
        """Know where the marks of what integers select among stand by now."""
        self._loose.reach(self._state[STATE["first"]] + _MOST)
        self._set("loose", self._loose.address())

    def _make_room(self) -> None:
        """Have half of the places for shared operations free when no more can wait."""
        bits = (2 * (self._state[STATE["shared"]] + _MOST)).bit_length()
        if len(self._common) >> bits:
            return
        old = self._common[self._common[:, 1] != 0]  # two numbers of 32 bits each in a word
        self._common = np.zeros((1 << bits, 2), np.int64)
        self._set("common", self._common.ctypes.data)
        self._set("common_shift", 64 - bits)
        self._set("common_mask", (1 << bits) - 1)
        self._set("shared", 0)
        for operands, known in old.tolist():
            self.share(known >> 32, operands >> 32, operands, known)

    def backward(self, root: int, reach: bytearray, count: int) -> None:
        """Know the root of the latest `backward()`, what leads to it, and how many there were."""
        self._reach = np.frombuffer(reach, np.uint8) if reach else np.zeros(1, np.uint8)
        self._set("root", root)
        self._set("reach", self._reach.ctypes.data)
        self._set("backwards", count)

    def ready(self) -> None:
        """Make room, and count on from the nodes that there are."""
        self._set("first", len(self.written()))
        self._set("most", _MOST)
        self._make_room()
        if self._loose:
            self._follow()

    def written(self) -> Graph:
        """The graph with all operations in it; it may be added to."""
        graph, count = self._graph, self._state[STATE["at"]]
        assert graph is not None, "the pen is in no hand"
        if count:
            for k, column in enumerate((graph.line, graph.op, graph.a, graph.b, graph.c)):
                column.frombytes(self._waiting[:count, k].astype(column.typecode).tobytes())
            self._set("at", 0)
        self._set("most", 0)  # the next operation asks for room first
        return graph

    def put_down(self) -> None:
        """Give the classes their methods back, and be free for another trace."""
        if self._graph is None:
            return
        for kind, methods in self._replaced.items():
            for name, method in methods.items():
                setattr(kind, name, method)
        self.written()
        # A method that somebody keeps, as `w.tanh`, is found anew from now on.
        for name, method in self._by_name.items():
            for what in ("python",) if name in OF_NUMBERS else ("node", "leaf"):
                self._set(f"{what} {name}", id(method))
        for name in ("node_class", "leaf_class", "taken_class", "calm"):
            self._set(name, 0)
        self._set("is_free", 1)
        self._loose.moved = lambda: None
        self._loose, self._leaves = Marks(), Leaves(())
        self._replaced.clear()
        self._kept.clear()
        self._frame = None
        self._graph = None


def _by_name(name: str) -> Callable[..., Any]:
    """The operation of this name as the class of its first operand has it."""
    return lambda self, *others: getattr(self, name)(*others)


_FUNCTIONS = (
    "PyDict_GetItem",
    "PySet_Contains",
    "PyLong_AsLong",
    "PyLong_FromLong",
    "PyType_GenericAlloc",
    "PyEval_GetFrame",
    "PyFrame_GetCode",
    "PyFrame_GetLasti",
    "PyObject_CallFunctionObjArgs",
    "PyThread_get_thread_ident",
    "Py_DecRef",
    "Py_IncRef",
    "PyFloat_AsDouble",
    "PyErr_Occurred",
    "PyErr_Clear",
)


def offset(kind: Any, name: str) -> int:
    """How many bytes into an object of a class the reference of a slot lies."""
    thing, mark = object.__new__(kind), object()
    vars(kind)[name].__set__(thing, mark)
    words = (ctypes.c_size_t * (kind.__basicsize__ // 8)).from_address(id(thing))
    (at,) = [k for k, word in enumerate(words) if word == id(mark)]
    return 8 * at


@lru_cache(maxsize=1)
def pen() -> Pen | None:
    """The pen of this process; None where there can be none."""
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return None
    words = (ctypes.c_size_t * 2).from_address(id(object))
    if ctypes.sizeof(ctypes.c_void_p) != 8 or words[1] != id(type):
        return None
    try:
        from ..machine.functions import functions

        with stage("pen"):
            return Pen(functions(functions_text()))
    except Exception:  # noqa: BLE001 -- a trace needs no pen: whatever fails, Python's methods write
        return None
