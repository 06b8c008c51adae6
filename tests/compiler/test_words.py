from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.compiler.running import words
from glassgrad.compiler.running.words import Watch
from glassgrad.compiler.tracing.places import OfArray, OfCell, OfDict, OfList, OfNames, Place


class Thing:
    """Has attributes."""

    def __init__(self, first: Any, second: Any) -> None:
        self.first = first
        self.second = second


def holds(watch: Watch) -> bool:
    """What native code says of a table."""
    for address, word in watch.table.tolist():
        if words._row(address, 1) != [word]:
            return False
    return watch.rest.holds()


def cell_of(x: Any) -> Any:
    """A variable of an enclosing function."""
    return (lambda: x).__closure__[0]  # type: ignore[index]  # it has one


def made() -> dict[str, Place]:
    """A place of each kind."""
    objects = [Thing(k, None) for k in range(5)]
    return {
        "list": OfList([1.5, "a", None, objects[0]]),
        "empty list": OfList([]),
        "array": OfArray(np.array([[1.5, "a"], [None, objects[0]]], dtype=object)),
        "dict": OfDict({"a": 1.5, 3: None, (1, 2): objects[1]}),
        "names": OfDict({"a": 1.5, "b": objects[2]}),
        "object": OfDict(vars(objects[3])),
        "cell": OfCell(cell_of(objects[4])),
        "globals": OfNames({"here": 2.5, "other": 1}, ["here", "missing"]),
    }


@pytest.mark.skipif(not words._known, reason="this Python's memory is not known")
@pytest.mark.parametrize("kind", made())
def test_places_of_each_kind_have_words(kind: str) -> None:
    """What tests and users have most is checked by native code, and found as it is."""
    watch = Watch([made()[kind]], [])
    assert not watch.others
    assert holds(watch)


CHANGES = [
    ("list", lambda x: x.append(None)),
    ("list", lambda x: x.__setitem__(0, float("1.5"))),  # equal, but another thing
    ("list", lambda x: x.pop()),  # what it held last still stands in its memory
    ("list", lambda x: x.reverse()),
    ("list", lambda x: x.clear()),
    ("empty list", lambda x: x.append(1)),
    ("array", lambda x: x.__setitem__((1, 0), 2)),
    ("array", lambda x: x.__setitem__((0, 0), float("1.5"))),
    ("array", lambda x: x.resize(2, 3, refcheck=False)),
    ("dict", lambda x: x.__setitem__(3, 4)),
    ("dict", lambda x: x.pop("a")),
    ("dict", lambda x: x.__setitem__("new", None)),
    ("names", lambda x: x.__setitem__("a", 2.5)),
    ("names", lambda x: (x.pop("a"), x.__setitem__("c", 1.5))),
    ("names", lambda x: x.clear()),
    ("object", lambda x: x.__setitem__("second", 3)),
    ("object", lambda x: x.__setitem__("third", 3)),
    ("object", lambda x: x.pop("second")),
    ("cell", lambda x: setattr(x, "cell_contents", None)),
    ("globals", lambda x: x.__setitem__("here", 3)),
    ("globals", lambda x: x.__setitem__("missing", 3)),
]


@pytest.mark.parametrize(("kind", "change"), CHANGES)
def test_every_change_is_noticed(kind: str, change: Any) -> None:
    """Whatever a place holds in place of another thing, adds or loses shows in a word."""
    places = made()
    watch = Watch(places.values(), [])
    change(places[kind].thing)
    assert not holds(watch)


def test_random_changes_are_noticed_as_python_notices_them() -> None:
    """Words never hold where a place is changed; where nothing was touched they do."""
    rng = random.Random(1)
    for _ in range(300):
        places = made()
        watch = Watch(places.values(), [])
        assert holds(watch)
        for _ in range(rng.randrange(1, 6)):
            thing = rng.choice([places["list"], places["names"], places["object"]]).thing
            if isinstance(thing, list):
                rng.choice([thing.append, thing.remove])(rng.choice([1.5, "a"])) if {1.5, "a"} <= {
                    x for x in thing if isinstance(x, (float, str))
                } else thing.append(1.5)
            else:
                key = rng.choice([*thing, "more"])
                if key in thing and rng.random() < 0.5:
                    del thing[key]
                else:
                    thing[key] = rng.choice([1.5, None, "b"])
        if any(not place.is_unchanged() for place in places.values()):
            assert not holds(watch)


def test_exchanges_between_quick_calls_count() -> None:
    """Values, numbers, activations and whole layers that the user exchanges are what runs next."""
    model = gg.MLP(2, [3, 1], rng=random.Random(2))
    rate = [0.5]

    def score(x: Any) -> Any:
        return model(x) * rate[0]

    step = gg.compile(score)
    x = [0.3, -0.7]

    def agrees() -> None:
        for _ in range(5):
            assert step(x).data == pytest.approx(score(x).data, rel=1e-12)

    agrees()
    rate[0] = 0.25
    agrees()
    model.parameters()[0].data = 3.0
    agrees()
    model.layers[0].neurons[1].w[0] = gg.Value(-2.0)
    agrees()
    model.layers[0] = gg.MLP(2, [3], rng=random.Random(3)).layers[0]
    agrees()
    model = gg.MLP(2, [3, 1], rng=random.Random(4))
    agrees()


def test_without_words_python_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """On another Python all places are looked at in Python, with the same answers."""
    monkeypatch.setattr(words, "_known", False)
    places = made()
    watch = Watch(places.values(), [])
    assert not len(watch.table)
    assert holds(watch)
    places["object"].thing["first"] = None
    assert not holds(watch)
    test_exchanges_between_quick_calls_count()
