"""The document child: reads one task from standard input, answers on standard output, ends.

Started by `vetting.documents.process`; imports neither the web framework nor the database.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import cast

from vetting import isolation
from vetting.documents.process import pack, unpack


def main() -> int:
    """Serve one task; 0 when an answer was written, whatever it says."""
    isolation.end_with_parent()
    # Nothing a library prints may mix with the answer.
    answer_to = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    header, parts = unpack(sys.stdin.buffer)
    limits = cast(dict[str, int], header["limits"])
    isolation.limit(limits["cpu_seconds"], limits["memory_bytes"])
    network_left = isolation.leave_network()
    data, results = _work(str(header["task"]), cast(dict[str, object], header["data"]), parts)
    with answer_to:
        answer_to.write(pack({**data, "network_left": network_left}, results))
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


if __name__ == "__main__":
    raise SystemExit(main())
