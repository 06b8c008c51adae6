from collections import OrderedDict, namedtuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassgrad.nested import leaves, leaves_like, paths, rebuild, with_article

Pair = namedtuple("Pair", "left right")

nests = st.recursive(
    st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.builds(Pair, inner, inner)
        | st.dictionaries(st.text(max_size=3) | st.integers(0, 9), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(nests)
def test_rebuilding_from_its_own_leaves(tree: Any) -> None:
    """A nest is its shape and its leaves: putting them together gives it back, types and all."""
    again = rebuild(tree, leaves(tree))
    assert again == tree
    assert repr(again) == repr(tree)
    assert leaves_like(tree, tree, "tree") == leaves(tree)


@given(nests)
def test_paths_are_python(tree: Any) -> None:
    """The path of each leaf, run as Python, is the leaf."""
    found = [eval(path, {"tree": tree}) for path in paths(tree, "tree")]
    assert found == leaves(tree)


def test_rebuilding_keeps_kinds() -> None:
    """Lists, tuples, named tuples and dicts stay what they are; their leaves are new."""
    tree = {"a": [1, (2, Pair(3, [4]))], "b": 5}
    assert rebuild(tree, "vwxyz") == {"a": ["v", ("w", Pair("x", ["y"]))], "b": "z"}


def test_keys_may_stand_in_another_order() -> None:
    """A dict of the same keys in another order is of the same shape, matched by key."""
    other = OrderedDict(b=[20], a=10)
    assert leaves_like({"a": 1, "b": [2]}, other, "other") == [10, 20]


@pytest.mark.parametrize(
    ("pattern", "tree", "says"),
    [
        ([1, 2], [1], r"^t must be a list of 2, but a list of 1 came"),
        ([1], (1,), r"^t must be a list of 1, but a tuple of 1 came"),
        ({"a": [1]}, {"a": 1}, r"^t\['a'\] must be a list of 1, but an int came"),
        (
            {"a": 1},
            {"b": 1},
            r"^t must be a dict with the keys 'a', but a dict with the keys 'b' came",
        ),
        ([1, [2]], [1, [[2]]], r"^t\[1\]\[0\] must be one number, but a list of 1 came"),
    ],
)
def test_other_shapes_are_refused(pattern: Any, tree: Any, says: str) -> None:
    """The message says where two nests begin to differ, and in what."""
    with pytest.raises(ValueError, match=says):
        leaves_like(pattern, tree, "t")


def test_articles() -> None:
    """A noun that begins with a vowel goes behind "an"."""
    nouns = ["int", "ndarray", "OrderedDict", "str", "set"]
    assert [with_article(noun).split()[0] for noun in nouns] == ["an", "a", "an", "a", "a"]
