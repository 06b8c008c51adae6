"""Names that were meant: what an error suggests where a name is unknown."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name most like this one, whatever the case of its letters, if any is near.

    >>> nearest("Specis", ["species", "island"])
    'species'
    """
    from difflib import get_close_matches  # only where something is wrong

    by_case = {candidate.casefold(): candidate for candidate in names}
    near = get_close_matches(name.casefold(), by_case, n=1)
    return by_case[near[0]] if near else None


def suggestion(name: str, names: Iterable[str]) -> str:
    """Ask whether the nearest of `names` was meant, or say nothing when none is near.

    >>> suggestion("specis", ["species", "island"])
    " Did you mean 'species'?"
    """
    near = nearest(name, names)
    return f" Did you mean {near!r}?" if near else ""
