"""A few places for heavy work on a machine, shared by all its processes: who finds none is told, and never queued."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoneFree(Exception):
    """All places are taken right now."""


@contextmanager
def place(folder: Path, most: int) -> Iterator[None]:
    """Hold one of `most` places for as long as this lasts; raises NoneFree at once when there is none.

    A place is a lock on a file, so a process that is killed gives its place back.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(most):
        with (folder / f"place-{number}").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield
            return
    raise NoneFree
