"""What a step keeps in the things around it, and what of them it may not touch."""

from __future__ import annotations

import io
import sys
import types
from collections import Counter, OrderedDict, UserDict, UserList, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import TraceError, Value
from glassgrad.compiler import Interpreter


class Rows(list[Any]):
    """A list of a class of its own."""


def function_with(x: float) -> Any:
    """A function that has an attribute."""

    def function() -> None:
        raise AssertionError

    function.m = x  # type: ignore[attr-defined]  # functions have what one gives them
    return function


HOLDERS: dict[str, Callable[[float], Any]] = {
    "list": lambda x: [x],
    "list class": lambda x: Rows([x]),
    "UserList": lambda x: UserList([x]),
    "dict": lambda x: {0: x},
    "OrderedDict": lambda x: OrderedDict({0: x}),
    "Counter": lambda x: Counter({0: x}),  # type: ignore[dict-item]  # numbers add up in it, too
    "UserDict": lambda x: UserDict({0: x}),
    "deque": lambda x: deque([x]),
    "array": lambda x: np.array([x], dtype=object),
    "part of an array": lambda x: np.array([[x, None], [None, 1]], dtype=object).T[0],
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_state_in_things_of_every_kind(holder: str) -> None:
    """A moment kept in any of them is halved and grows by 2 w at each call: 2, 2.6, 2.5, ..."""
    w, kept = Value(1.0), HOLDERS[holder](0.0)

    def step() -> Any:
        w.grad = 0.0
        (w * w).backward()
        kept[0] = 0.5 * kept[0] + w.grad
        w.data -= 0.1 * kept[0]
        return kept[0]

    run = gg.compile(step, backend=Interpreter())
    number, moment = 1.0, 0.0
    for _ in range(4):
        moment = 0.5 * moment + 2.0 * number
        number -= 0.1 * moment
        assert (run(), kept[0], w.data) == (moment, moment, number)
        kept[0] = moment = moment + 1.0  # the user changes it, too
    assert run.stats["compilations"] == 1


@pytest.mark.parametrize("make", [function_with, lambda x: types.SimpleNamespace(m=x)])
def test_state_in_attributes(make: Callable[[float], Any]) -> None:
    """An attribute counts up, of a function too."""
    thing = make(1.0)

    def step(x: Any) -> Any:
        thing.m = 2.0 * thing.m + x
        return thing.m

    run = gg.compile(step, backend=Interpreter())
    assert [run(x) for x in (1.0, 0.0, 5.0)] == [3.0, 6.0, 17.0]
    assert thing.m == 17.0


def test_the_latest_numbers_in_a_deque() -> None:
    """What is appended to a full deque pushes the rest on."""
    window = deque([0.0] * 3, maxlen=3)

    def mean(x: Any) -> Any:
        window.append(x)
        return sum(window) / 3.0

    run = gg.compile(mean, backend=Interpreter())
    assert [run(x) for x in (3.0, 6.0, 9.0, 12.0)] == [1.0, 3.0, 6.0, 9.0]
    assert list(window) == [6.0, 9.0, 12.0]


def test_elements_of_an_array_are_exchanged() -> None:
    """Another Value in the place of one in an array counts at the next call, quick ones too."""
    array = np.array([[Value(2.0), Value(3.0)]])
    run = gg.compile(lambda x: sum(w * x for w in array[0]))
    assert [run(1.0).data for _ in range(3)] == [5.0] * 3
    array[0, 1] = Value(10.0)
    assert [run(1.0).data for _ in range(3)] == [12.0] * 3


def test_a_set_is_looked_at_in_each_call() -> None:
    """One of outside and one among the arguments, with elements put in and taken out."""
    w, frozen = [Value(k + 1.0) for k in range(4)], {1}

    def step(x: Any, more: set[int]) -> Any:
        return sum((v * x for k, v in enumerate(w) if k not in frozen | more), w[0])

    run, more = gg.compile(step), {0}
    for add, discard in ((2, 1), (1, 2), (3, 0), (0, 3), (0, 0)):
        for _ in range(2):
            assert run(2.0, more).data == step(2.0, more).data
        frozen.add(add)
        frozen.discard(discard)
        assert run(2.0, more).data == step(2.0, more).data
        more.symmetric_difference_update({add})


def test_what_a_step_puts_into_a_set_is_there_after_each_call() -> None:
    """And nothing of the trace is left in it."""
    w, seen = Value(0.5), set[Any]()

    def step(x: Any) -> Any:
        seen.add("stepped")
        return w * x

    run = gg.compile(step)
    for _ in range(3):
        assert run(2.0).data == 1.0
        assert seen == {"stepped"}
        seen.clear()


def package(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A package of the user's with a module in it: `own_package.kept`."""
    outer, inner = types.ModuleType("own_package"), types.ModuleType("own_package.kept")
    vars(inner).update(first=[0.0], second=[0.0], count=0, w=Value(0.5))
    vars(outer).update(kept=inner)
    for module in (outer, inner):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return outer


def test_state_in_a_module_that_several_functions_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each function's own part of it, also one that the function imports itself."""
    kept = package(monkeypatch).kept

    def other(x: Any) -> Any:
        kept.second[0] += 1.0
        return kept.w * x * kept.second[0]

    def step(x: Any) -> Any:
        import own_package.kept as imported  # type: ignore[import-not-found]  # made above

        kept.first[0] += x
        imported.count += 1
        return kept.w * kept.first[0] * imported.count + other(x)

    run = gg.compile(step)
    found = [run(2.0).data for _ in range(4)]
    assert found == [0.5 * 2.0 * k * k + 0.5 * 2.0 * k for k in (1, 2, 3, 4)]
    assert (kept.first, kept.second, kept.count) == ([8.0], [4.0], 4)


def test_an_attribute_of_a_module_in_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """`package.module.name` is looked at in each call."""
    own_package = package(monkeypatch)
    run = gg.compile(lambda x: own_package.kept.w * x * own_package.kept.count)
    for own_package.kept.count in (3, 5, 7, 11):
        assert run(2.0).data == own_package.kept.count


def test_draws_from_a_module_that_the_function_imports_are_refused() -> None:
    """For every call would get the same number."""
    w = Value(0.5)

    def by_module(x: Any) -> Any:
        import random as own

        return w * x * own.random()

    def by_name(x: Any) -> Any:
        from random import uniform

        return w * x * uniform(0.0, 1.0)

    def by_numpy(x: Any) -> Any:
        import numpy as own

        return w * x * own.random.normal()

    for function in (by_module, by_name, by_numpy):
        with pytest.raises(TraceError, match="draws random numbers"):
            gg.compile(function)(1.0)


def next_of(iterator: Any) -> Callable[[Any], Any]:
    """A function that reads on."""
    return lambda x: next(iterator) * x


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: iter([2.0, 3.0]), "a list_iterator"),
        (lambda: count(2), "a count"),
        (lambda: (k for k in (2.0, 3.0)), "a generator"),
        (lambda: zip([2.0], [3.0], strict=True), "a zip"),
    ],
)
def test_an_iterator_of_outside_is_refused_and_stays_where_it_was(
    make: Callable[[], Any], kind: str
) -> None:
    """A step that takes its batch from outside would see the first one at every call."""
    iterator = make()
    with pytest.raises(TraceError, match=f"next of {kind} .*pass it as an argument"):
        gg.compile(next_of(iterator), backend=Interpreter())(1.0)
    with pytest.raises(TraceError, match=f"next of {kind} "):
        gg.compile(lambda it, x: [x * y for y in it], backend=Interpreter())(iterator, 1.0)
    assert next(iterator) == next(make())


def test_a_file_of_outside_may_be_written() -> None:
    """A file is an iterator, too, but a step that only prints to it does not read on."""
    log = io.StringIO()

    def step(x: Any) -> Any:
        print("step", file=log)
        return 2.0 * x

    run = gg.compile(step, backend=Interpreter())
    assert (run(1.0), run(2.0), log.getvalue()) == (2.0, 4.0, "step\n")


def halved(xs: Any) -> Any:
    """Change what came."""
    xs[0] = xs[0] * 0.5
    return sum(xs)


def lengthened(nest: Any) -> Any:
    """Add to a list within what came."""
    nest["x"][0].append(1.0)
    return sum(nest["x"][0])


def centred(array: Any) -> Any:
    """Change an array in place."""
    array -= array.mean()
    return array.sum()


@pytest.mark.parametrize(
    ("function", "name", "argument"),
    [
        (halved, "xs", [2.0, 4.0]),
        (halved, "xs", {0: 2.0}),
        (lengthened, "nest", {"x": ([2.0],)}),
        (centred, "array", np.array([[2.0, 4.0]])),
    ],
)
def test_arguments_changed_in_place_are_refused(function: Any, name: str, argument: Any) -> None:
    """The caller would see the change in eager code, and not in compiled code."""
    before = str(argument)
    with pytest.raises(TraceError, match=f"changes its argument {name} in place"):
        gg.compile(function, backend=Interpreter())(argument)
    assert str(argument) == before


@dataclass
class Report:
    """A result of a class of the user's."""

    loss: Any


class Slotted:
    """The same without a dict."""

    __slots__ = ("parts",)

    def __init__(self, part: Any) -> None:
        self.parts = {"a": [part]}


W = Value(3.0)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (lambda x: Report(W * x), "a Report that holds numbers"),
        (lambda x: [Slotted(Report(x))], "a Slotted that holds numbers"),
        (lambda x: {W * x}, "a set that holds numbers"),
        (lambda x: (W * a for a in [x]), "a generator that holds numbers"),
        (lambda x: f"loss {W * x}", "is a text with a number of a call in it, 'loss <traced"),
    ],
)
def test_results_that_a_call_could_not_fill_are_refused(body: Any, words: str) -> None:
    """Rather than stand-ins at the first call, and the same at every other."""
    with pytest.raises(TraceError, match=words):
        gg.compile(body, backend=Interpreter())(2.0)


def test_results_without_numbers_are_handed_out() -> None:
    """Objects that were there before, with what was written on them, and those without numbers."""
    model, plain = Report(None), {"text"}

    def step(x: Any) -> Any:
        model.loss = W * x
        return model, plain, W

    run = gg.compile(step, backend=Interpreter())
    for x in (2.0, 5.0):
        result = run(x)
        assert (result[0], result[1], result[2].data) == (model, plain, 3.0)
        assert model.loss.data == 3.0 * x
