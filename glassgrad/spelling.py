"""Names that were meant: what an error suggests where a name is unknown."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name most like this one, whatever the case of its letters, if any is near.

    One of the same letters, in another order, is nearest.

    >>> nearest("Specis", ["species", "island"])
    'species'
    >>> nearest("tahn", ["tan", "tanh"])
    'tanh'
    """
    from difflib import get_close_matches  # only where something is wrong

    meant = name.casefold()
    by_case = {candidate.casefold(): candidate for candidate in names}
    near = get_close_matches(meant, by_case)
    near.sort(key=lambda candidate: sorted(candidate) != sorted(meant))
    return by_case[near[0]] if near else None


def suggestion(name: str, names: Iterable[str]) -> str:
    """Ask whether the nearest of `names` was meant, or say nothing when none is near.

    >>> suggestion("specis", ["species", "island"])
    " Did you mean 'species'?"
    """
    near = nearest(name, names)
    return f" Did you mean {near!r}?" if near else ""
