"""Opens one file with the libraries that read its format, inside limits, and says in one JSON line what it found."""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from vetting import isolation
from vetting.inspection import sensitive, words

CPU_SECONDS = 10
MEMORY_BYTES = 800_000_000
OPEN_FILES = 64

READERS: Mapping[str, tuple[str, ...]] = {
    "pdf": ("vetting.inspection.portable", "pypdfium2"),
    "jpeg": ("vetting.inspection.pictures", "PIL.JpegImagePlugin"),
    "png": ("vetting.inspection.pictures", "PIL.PngImagePlugin"),
    "office": ("vetting.inspection.packages", "xml.parsers.expat"),
}
"""For each task the module that carries it out, and what that needs loaded before the child is locked in."""


def load(task: str) -> None:
    """Import what a task needs, while files may still be opened."""
    for name in READERS[task]:
        importlib.import_module(name)


def lock_in(path: str) -> None:
    """Give up everything but reading the one file: the network, other processes, writing, and time without end."""
    isolation.end_with_parent()
    isolation.leave_network()
    isolation.limit(CPU_SECONDS, MEMORY_BYTES, written_bytes=0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    isolation.refuse_outside(None, Path(path))


def inspect(task: str, path: str) -> dict[str, object]:
    """What the file is: ``{"verdict": "good", "format", "pages", "readable"}``, or the word for what is wrong with it.

    ``holds`` names what must never be kept, where its words say so.
    """
    try:
        found: dict[str, object] = sys.modules[READERS[task][0]].look(task, path)
        return {**found, **_said(task, path)} if found["verdict"] == "good" else found
    except MemoryError:
        return {"verdict": "hard"}
    except Exception:  # noqa: BLE001 - whatever a hostile file makes a library raise, the answer is the same
        return {"verdict": "damaged"}


def _said(task: str, path: str) -> dict[str, object]:
    try:
        text = words.words_of(task, path)
    except Exception:  # noqa: BLE001 - a file that opens may still keep its words to itself
        return {"readable": False}
    return {"readable": words.readable(text), "holds": sensitive.found_in("", text)}


def prepare(*tasks: str) -> None:
    """Import what the tasks need, in the nursery that children are forked from."""
    for task in tasks:
        load(task)
    # The fields of a form are read by this one; a child of its own gets it when it meets such a form.
    importlib.import_module("pikepdf")


def serve(request: BinaryIO, answer: BinaryIO) -> None:
    """Examine the one file that is named in ``request``, in a child that ends with it."""
    task, path = json.loads(request.read())
    load(task)
    lock_in(path)
    answer.write(json.dumps(inspect(task, path)).encode("ascii"))
    answer.flush()


def main() -> int:
    """The same in an interpreter of its own: reads the request from standard input."""
    # Nothing a library prints may mix with the answer.
    answer_to = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(answer_to, "wb") as answer:
        serve(sys.stdin.buffer, answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
