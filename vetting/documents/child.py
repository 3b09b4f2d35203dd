"""The document child: reads one task, answers it, ends.

Started by `vetting.documents.process`, in an interpreter of its own or forked from a nursery; imports neither the web
framework nor the database.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, cast

from vetting import isolation
from vetting.documents.process import pack, unpack


def prepare(*tasks: str) -> None:
    """Import what the tasks need, in the nursery that children are forked from."""
    for task in tasks:
        PREPARING[task]()


def serve(request: BinaryIO, answer: BinaryIO) -> None:
    """Serve one task, in a child that ends with it."""
    header, parts = unpack(request)
    limits = cast(dict[str, int], header["limits"])
    isolation.limit(limits["cpu_seconds"], limits["memory_bytes"])
    # A child of a nursery gets its own folder here; one with an interpreter of its own was started with it.
    os.environ.update(cast(dict[str, str], header["environment"]))
    tempfile.tempdir = None
    network_left = isolation.leave_network()
    data, results = _work(str(header["task"]), cast(dict[str, object], header["data"]), parts)
    answer.write(pack({**data, "network_left": network_left}, results))
    answer.flush()


def main() -> int:
    """Serve a task from standard input in an interpreter of its own; 0 when an answer was written, whatever it says."""
    isolation.end_with_parent()
    # Nothing a library prints may mix with the answer.
    answer_to = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answer_to:
        serve(sys.stdin.buffer, answer_to)
    return 0


def _work(task: str, data: dict[str, object], parts: dict[str, bytes]) -> tuple[dict[str, object], dict[str, bytes]]:
    # Each task imports its own heavy library, and only then closes the door.
    temporary = Path(tempfile.gettempdir())
    if task == "render":
        from vetting.documents import rendering

        isolation.refuse_outside(temporary)
        return rendering.render(data, parts)
    if task == "examine":
        from vetting.documents import examination

        isolation.refuse_outside(temporary)
        return examination.examine(data, parts)
    if task == "clean":
        from vetting.documents import sanitizing

        sanitizing.prepare(str(data["media_type"]))
        isolation.refuse_outside(temporary)
        return sanitizing.clean(data, parts)
    if task == "draw":
        from vetting.documents import drawing

        drawing.prepare(str(data["media_type"]))
        isolation.refuse_outside(temporary)
        return drawing.draw(data, parts)
    if task == "read":
        from vetting.documents import reading

        reading.prepare(str(data["media_type"]))
        isolation.refuse_outside(temporary)
        return reading.read(data, parts)
    raise ValueError(f"Unknown task {task!r}.")


def _prepare_showing() -> None:
    from vetting.documents import drawing, kinds, reading, sanitizing

    for media_type in kinds.SHOWN:
        sanitizing.prepare(media_type)
        drawing.prepare(media_type)
        reading.prepare(media_type)


def _prepare_rendering() -> None:
    from vetting.documents import rendering  # noqa: F401


PREPARING: Mapping[str, Callable[[], None]] = {
    "clean": _prepare_showing,
    "draw": _prepare_showing,
    "read": _prepare_showing,
    "render": _prepare_rendering,
}


if __name__ == "__main__":
    raise SystemExit(main())
