"""Nested lists, tuples and dicts of numbers: what functions of many numbers take and return."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def leaves(tree: Any) -> list[Any]:
    """Everything in `tree` that is no list, tuple or dict, in order.

    >>> leaves({"w": [1.0, 2.0], "b": 3.0})
    [1.0, 2.0, 3.0]
    """
    if not isinstance(tree, (dict, list, tuple)):
        return [tree]
    return [leaf for _, leaf in _walk(tree, "")]


def paths(tree: Any, name: str) -> list[str]:
    """The expression that reaches each leaf of `tree` in a program that calls it `name`.

    >>> paths({"w": [1.0, 2.0], "b": 3.0}, "net")
    ["net['w'][0]", "net['w'][1]", "net['b']"]
    """
    return [path for path, _ in _walk(tree, name)]


def rebuild(tree: Any, new: Iterable[Any]) -> Any:
    """A nest of the shape of `tree` with the leaves `new`, in order.

    >>> rebuild({"w": [1.0, 2.0], "b": 3.0}, "xyz")
    {'w': ['x', 'y'], 'b': 'z'}
    """
    return _rebuild(tree, iter(new))


def rebuild_row(row: Any, parts: list[Any]) -> Any:
    """A list or tuple, perhaps a named one, of the class of `row` that holds `parts`.

    >>> rebuild_row((1, 2), ["a", "b"])
    ('a', 'b')
    """
    kind = type(row)
    return kind._make(parts) if hasattr(kind, "_make") else kind(parts)


def leaves_like(pattern: Any, tree: Any, name: str) -> list[Any]:
    """The leaves of `tree`, which must have the shape of `pattern`, in the order of `pattern`.

    Raises:
        ValueError: the shapes differ; says where, beginning with `name`, and in what.
    """
    if not isinstance(pattern, (dict, list, tuple)):
        if isinstance(tree, (dict, list, tuple)):
            raise ValueError(f"{name} must be one number, but {with_article(_shape(tree))} came.")
        return [tree]
    if _shape(pattern) != _shape(tree):
        wanted, came = with_article(_shape(pattern)), with_article(_shape(tree))
        raise ValueError(f"{name} must be {wanted}, but {came} came.")
    return [
        leaf
        for step, (part, path) in _parts(pattern, name).items()
        for leaf in leaves_like(part, tree[step], path)
    ]


def with_article(noun: str) -> str:
    """The noun behind its article.

    >>> with_article("float"), with_article("int")
    ('a float', 'an int')
    """
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _parts(tree: Any, name: str) -> dict[Any, tuple[Any, str]]:
    """Each key or index of a list, tuple or dict -> what it holds, and the path there."""
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return {step: (part, f"{name}[{step!r}]") for step, part in steps}


def _shape(tree: Any) -> str:
    if isinstance(tree, dict):
        return f"dict with the keys {', '.join(sorted(map(repr, tree)))}"
    kind = type(tree).__name__
    return f"{kind} of {len(tree)}" if isinstance(tree, (list, tuple)) else kind


def _walk(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, (dict, list, tuple)):
        for part, path in _parts(tree, name).values():
            yield from _walk(part, path)
    else:
        yield name, tree


def _rebuild(tree: Any, new: Iterator[Any]) -> Any:
    if isinstance(tree, dict):
        return {key: _rebuild(part, new) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return rebuild_row(tree, [_rebuild(part, new) for part in tree])
    return next(new)
