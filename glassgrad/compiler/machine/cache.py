"""Machine code kept on disk, so that a process need not make again what another one has made.

An entry is one file of arrays with a checksum, named by a digest of all that decides about the
code: the trace, how it is compiled, this processor, LLVM, and glassgrad's own sources. It is
written under another name and then renamed, so that a reader finds a whole entry or none. What
cannot be read or written is as good as absent: the code is made anew. The entries that were not
used for longest go first.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...ops import activations, arithmetic, choice, exponential, trigonometry
from ..ir.graph import ROWS, Graph

if TYPE_CHECKING:
    from hashlib import _Hash

    from numpy.typing import NDArray

Entry = Mapping[str, "NDArray[Any]"]

MOST_BYTES = 256 * 2**20
_TRIMMING = "0"  # digests that begin so, one of 16, have the folder looked through: it takes long
_HOUR = 3600.0  # a file under a name for the time being that is older was left behind
# The rows that come with glassgrad; those that users add may be others in another process.
_KNOWN = {
    id(row)
    for family in (activations, arithmetic, choice, exponential, trigonometry)
    for row in vars(family).values()
}
_FOR_READERS = (
    "line",
    "lines",
    "names",
    "_constant_nodes",
    "_table_numbers",
)  # parts of a graph that no code needs
_SUFFIX = ".code"


def folder() -> Path | None:
    """Where entries are: GLASSGRAD_CACHE, or a folder of the user's caches. None: it is off."""
    named = os.environ.get("GLASSGRAD_CACHE", "")
    if named:
        return None if named == "off" else Path(named)
    try:
        if sys.platform == "win32":
            local = os.environ.get("LOCALAPPDATA")
            return (Path(local) if local else Path.home() / "AppData" / "Local") / "glassgrad"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "glassgrad"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "glassgrad"
    except RuntimeError:  # this user has no home
        return None


def digest(graph: Graph, *settings: Any) -> str | None:
    """What is equal where the same code serves; None for a graph with rows of the user's own.

    Args:
        settings: all else that decides, each with a `repr` that tells it in full.
    """
    if any(ROWS[op] is not None and id(ROWS[op]) not in _KNOWN for op in set(graph.op)):
        return None
    hashed = _hash_of(settings)
    for name, part in sorted(vars(graph).items()):
        if name == "outputs":
            part = part.kind + part.index + part.node
        if name not in _FOR_READERS:
            content = part.tobytes() if isinstance(part, array) else repr(part).encode()
            hashed.update(f"{name} {len(content)} ".encode() + content)
    return hashed.hexdigest()


def digest_of(text: str) -> str:
    """What is equal where the same text was compiled."""
    return _hash_of(text).hexdigest()


def _hash_of(what: Any) -> _Hash:
    """A digest in the making of what has a `repr` that tells it in full, for this machine."""
    from .llvm import machine_name

    return sha256(repr((_version(), np.__version__, machine_name(), what)).encode())


@lru_cache(maxsize=1)
def _version() -> str:
    """A digest of glassgrad's sources: a change of them is another version."""
    package = Path(__file__).parents[2]
    parts = [package.glob(part) for part in ("__init__.py", "compiler/**/*.py", "ops/*.py")]
    return sha256(b"".join(file.read_bytes() for file in sorted(chain(*parts)))).hexdigest()


def load(key: str) -> Entry | None:
    """The entry of this digest, if there is a whole one."""
    where = folder()
    if where is None or not _is_safe(where):
        return None
    path = where / f"{key}{_SUFFIX}"
    try:
        content = path.read_bytes()
        seal, body = content[:32], content[32:]
        if seal != _seal(key, body):
            return None
        os.utime(path)
    except OSError:
        return None
    with np.load(io.BytesIO(body), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _seal(key: str, body: bytes) -> bytes:
    """What stands before an entry: no damage leaves it right, and no other name."""
    return sha256(key.encode() + body).digest()


def store(key: str, entry: Entry) -> None:
    """Keep an entry, in the place of what has this digest."""
    where = folder()
    if where is None:
        return
    body = io.BytesIO()
    np.savez(body, **entry)  # type: ignore[arg-type]  # an entry's names are no other arguments
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_safe(where):
            return
        handle, name = tempfile.mkstemp(suffix=".tmp", dir=where)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_seal(key, body.getvalue()) + body.getvalue())
            Path(name).replace(where / f"{key}{_SUFFIX}")
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        if key.startswith(_TRIMMING):
            _trim(where)
    except OSError:  # a full disk, a folder that cannot be written
        return


def _is_safe(where: Path) -> bool:
    """Whether only this user puts files there: what lies there is run as code."""
    try:
        return os.name == "nt" or not where.stat().st_mode & 0o002
    except OSError:
        return False


def entries() -> list[tuple[Path, os.stat_result]]:
    """Every entry, the one that was not used for longest first."""
    where = folder()
    found = [] if where is None else list(_files(where, _SUFFIX))
    return sorted(found, key=lambda pair: pair[1].st_mtime)


def clear() -> None:
    """Remove all entries."""
    where = folder()
    if where is not None:
        for path, _ in chain(_files(where, _SUFFIX), _files(where, ".tmp")):
            with contextlib.suppress(OSError):
                path.unlink()


def _files(where: Path, suffix: str) -> Iterator[tuple[Path, os.stat_result]]:
    try:
        with os.scandir(where) as all_files:
            found = [file for file in all_files if file.name.endswith(suffix)]
    except OSError:
        return
    for file in found:
        with contextlib.suppress(OSError):  # another process has just removed it
            yield Path(file.path), file.stat()


def _trim(where: Path) -> None:
    for path, about in _files(where, ".tmp"):
        if about.st_mtime < time.time() - _HOUR:
            path.unlink(missing_ok=True)
    kept = entries()
    surplus = sum(about.st_size for _, about in kept) - MOST_BYTES
    for path, about in kept:
        if surplus <= 0:
            return
        path.unlink(missing_ok=True)
        surplus -= about.st_size
