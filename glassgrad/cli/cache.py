"""`glassgrad cache`: the machine code that is kept on disk."""

from __future__ import annotations

import click

from .console import Console, verb
from .text import entries as in_columns


@click.command()
@click.argument("action", required=False, type=click.Choice(["clear"]))
@verb
def cache(console: Console, action: str | None) -> None:
    """Show how much compiled code is kept, or clear it.

    Shows its folder, and how many entries and bytes there are; `clear` removes all of them.

    The environment variable GLASSGRAD_CACHE names another folder; GLASSGRAD_CACHE=off keeps
    nothing.
    """
    from ..compiler.machine import cache as kept

    folder = kept.folder()
    if folder is None:
        console.result("Nothing is kept: GLASSGRAD_CACHE is off.")
        console.object(folder=None, entries=0, bytes=0)
        return
    if action:
        before = len(kept.entries())
        kept.clear()
        gone = before - len(kept.entries())
        console.note("1 entry is gone." if gone == 1 else f"{gone:,} entries are gone.")
        return
    found = kept.entries()
    size = sum(about.st_size for _, about in found)
    most = kept.MOST_BYTES / 2**20
    rows = [
        ("folder", str(folder)),
        ("entries", f"{len(found):,}"),
        ("size", f"{in_bytes(size)} of at most {most:.0f} MiB"),
    ]
    console.result(in_columns(rows, 9))
    console.object(folder=str(folder), entries=len(found), bytes=size)


def in_bytes(size: int) -> str:
    """A number of bytes in the unit that suits it.

    >>> in_bytes(0), in_bytes(3_000), in_bytes(1_100_000), in_bytes(123_456_789)
    ('0 bytes', '2.9 KiB', '1.0 MiB', '117.7 MiB')
    """
    if size < 2**10:
        return f"{size} bytes"
    return f"{size / 2**10:.1f} KiB" if size < 2**20 else f"{size / 2**20:.1f} MiB"
