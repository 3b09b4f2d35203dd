"""Examines files of the corpus as the program does, each in a child process with the program's own limits.

Run as a program of its own, given names of files; prints one JSON line for each. Where a name begins with ``DRAWN``,
pages are drawn too. The libraries are loaded once and the
children are forked from here, so that hundreds of files take seconds.
"""

from __future__ import annotations

import base64
import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.hostile import CORPUS, Hostile
from vetting import isolation
from vetting.data.evidence_types import Format
from vetting.documents import drawing, kinds, preview, sanitizing
from vetting.filetypes import check, sniff
from vetting.inspection import child

Spent = dict[str, Any]
DRAWN = "drawn: "


def limited(work: Callable[[], Any], seconds: float, spent: Spent) -> Any:
    """What ``work`` answers in a child of its own, or None when it was lost; notes what it took."""
    reader, writer = os.pipe()
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(reader)
            os.setsid()
            with os.fdopen(writer, "w") as out:
                out.write(json.dumps(work()))
            status = 0
        except BaseException:  # noqa: BLE001 - the child must not go on as the parent
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writer)
    said = b""
    with os.fdopen(reader, "rb", 0) as pipe:
        while (left := began + seconds - time.monotonic()) > 0 and select.select([pipe], [], [], left)[0]:
            more = pipe.read(65_536)
            if not more:
                break
            said += more
    os.kill(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    spent["seconds"] = round(max(spent.get("seconds", 0.0), time.monotonic() - began), 2)
    spent["megabytes"] = max(spent.get("megabytes", 0), usage.ru_maxrss // 1024)
    try:
        return json.loads(said)
    except ValueError:
        spent["lost"] = True
        return None


def examined(case: Hostile, folder: Path) -> Spent:
    """The word for what becomes of a file, and what finding out took."""
    spent: Spent = {"name": case.name, "seconds": 0.0, "megabytes": 0}
    path = folder / "file"
    content = case.build()
    path.write_bytes(content)
    spent["size"] = len(content)

    def ask(task: str, path: Path) -> Any:
        def work() -> dict[str, object]:
            child.lock_in(str(path))
            return child.inspect(task, str(path))

        return limited(work, check.WALL_SECONDS, spent)

    check._ask_child = ask
    verdict = check.examine(path, case.filename, frozenset(Format))
    spent["word"] = "good" if isinstance(verdict, check.Accepted) else WORDS[verdict.message.text]
    if isinstance(verdict, check.Accepted):
        spent["media_type"] = verdict.media_type
    return spent


def shown(kind: str, content: bytes, spent: Spent) -> None:
    """What becomes of the pages of a file that was taken: first its harmless copy, then pictures of that."""
    limits = preview.BATCH_LIMITS

    def cleaned() -> list[str]:
        isolation.limit(limits.cpu_seconds, limits.memory_bytes)
        about, parts = sanitizing.clean({"media_type": kind}, {"document": content})
        return [str(about["outcome"]), base64.b64encode(parts.get("copy", b"")).decode()]

    def drawn(copy: bytes) -> str:
        isolation.limit(limits.cpu_seconds, limits.memory_bytes)
        return str(drawing.draw({"media_type": kind, "first": 1, "count": 1}, {"document": copy})[0]["outcome"])

    outcome, copy = "done", content
    if kind in kinds.DRAWN:
        answer = limited(cleaned, limits.wall_seconds, spent) or ["lost", ""]
        outcome, copy = answer[0], base64.b64decode(answer[1])
    if outcome == "done":
        outcome = limited(lambda: drawn(copy), limits.wall_seconds, spent) or "lost"
    spent["shown"] = outcome


WORDS = {sentence: word for word, sentence in check.VERDICTS.items()}
WORDS |= {check.EMPTY: "empty", check.MISNAMED: "misnamed", check.NOT_TAKEN: "not_taken"}
WORDS |= dict(zip((message for _, message in sniff.REFUSED_SIGNS), ("older", "older", "program", "page"), strict=True))


def main(names: list[str]) -> None:
    """Examine the named files."""
    for task in child.READERS:
        child.load(task)
    for kind in kinds.SHOWN:
        drawing.prepare(kind)
        sanitizing.prepare(kind)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            spent = examined(CORPUS[name.removeprefix(DRAWN)], Path(folder))
            if name.startswith(DRAWN) and spent["word"] == "good":
                looked: Spent = {}
                shown(spent["media_type"], Path(folder, "file").read_bytes(), looked)
                spent["looked"] = looked
            sys.stdout.write(json.dumps(spent) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main([line.strip() for line in sys.stdin])
