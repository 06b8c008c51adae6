"""Files that one process at a time works on.

The system itself keeps the lock and lets go of it when the process ends, however it ends, so that
nothing is left behind that someone would have to clear away.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


class InUseError(ValueError):
    """Another process is at work on a file; the message says which process."""


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Be the only one at work on `path`, for the length of the block.

    A file beside it, `.NAME.lock`, carries the lock. Where the system has no locks, as some network
    drives have none, the block runs without.

    Raises:
        InUseError: somebody else is.
        OSError: the lock's file cannot be made.
    """
    lock = path.with_name(f".{path.name}.lock")
    descriptor = _taken(lock, path)
    try:
        yield
    finally:
        with suppress(OSError):  # an open file cannot be removed everywhere
            lock.unlink()
        os.close(descriptor)


def _taken(lock: Path, path: Path) -> int:
    """The open file of the lock, which is ours."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _hold(descriptor)
        except OSError as error:
            if error.errno in _TAKEN:
                holder = os.read(descriptor, 20).decode() or "another one"
                os.close(descriptor)
                raise InUseError(
                    f"{path} is in use: a process, {holder}, is training with it. Let it end or"
                    " stop it first."
                ) from None
        if _is_at(lock, descriptor):  # and was not removed by who had it before
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            return descriptor
        os.close(descriptor)


def _hold(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 100, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(lock: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(lock.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
