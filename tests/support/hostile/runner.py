"""Examines files of the corpus as the program does, each in a child of its nurseries with the program's own limits.

Run as a program of its own, given names of files; prints one JSON line for each. Where a name begins with ``WHOLE``,
the file is examined a second time by a child that is started from nothing, and its pages are drawn.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.support.hostile import CORPUS, Hostile
from vetting.data.evidence_types import Format
from vetting.documents import kinds, preview, process
from vetting.filetypes import check, sniff
from vetting.nursery import Ended, Lost, Nursery

Spent = dict[str, Any]
WHOLE = "whole: "


@contextmanager
def watched(nursery: Nursery, spent: Spent) -> Iterator[None]:
    """Notes how long the slowest child took and the most memory that one had."""
    really = nursery.ask

    def ask(request: bytes, seconds: float) -> Ended:
        began = time.monotonic()
        try:
            ended = really(request, seconds)
        except Lost:
            spent["nursery_lost"] = True
            raise
        spent["seconds"] = round(max(spent.get("seconds", 0.0), time.monotonic() - began), 2)
        spent["megabytes"] = max(spent.get("megabytes", 0), ended.peak_kb // 1024)
        return ended

    with mock.patch.object(nursery, "ask", ask):
        yield


def examined(case: Hostile, folder: Path) -> Spent:
    """The word for what becomes of a file, and what finding out took."""
    spent: Spent = {"name": case.name, "seconds": 0.0, "megabytes": 0}
    path = folder / "file"
    content = case.build()
    path.write_bytes(content)
    spent["size"] = len(content)
    with watched(check.NURSERY, spent):
        verdict = check.examine(path, case.filename, frozenset(Format))
    spent["said"] = str(verdict)
    spent["word"] = "good" if isinstance(verdict, check.Accepted) else WORDS[verdict.message.text]
    if isinstance(verdict, check.Accepted):
        spent["media_type"] = verdict.media_type
    return spent


def said_from_nothing(case: Hostile, folder: Path) -> str:
    """What is said of the file by a child with an interpreter of its own."""
    with mock.patch.object(check.NURSERY, "ask", side_effect=Lost("switched off")):
        return str(check.examine(folder / "file", case.filename, frozenset(Format)))


def shown(kind: str, content: bytes, spent: Spent) -> None:
    """What becomes of the pages of a file that was taken: first its harmless copy, then pictures of that."""
    limits = preview.BATCH_LIMITS

    def ask(task: str, data: dict[str, object], document: bytes) -> tuple[str, bytes]:
        try:
            answer = process.run_child(task, {"media_type": kind, **data}, {"document": document}, limits)
        except (process.ChildTimedOut, process.ChildDied):
            return "lost", b""
        return str(answer.data["outcome"]), answer.parts.get("copy", b"")

    with watched(process.SHOWING, spent):
        outcome, copy = ask("clean", {}, content) if kind in kinds.DRAWN else ("done", content)
        if outcome == "done":
            outcome, _copy = ask("draw", {"first": 1, "count": 1}, copy)
    spent["shown"] = outcome


WORDS = {sentence: word for word, sentence in check.VERDICTS.items()}
WORDS |= {check.EMPTY: "empty", check.MISNAMED: "misnamed", check.NOT_TAKEN: "not_taken"}
WORDS |= dict(zip((message for _, message in sniff.REFUSED_SIGNS), ("older", "older", "program", "page"), strict=True))


def main(names: list[str]) -> None:
    """Examine the named files."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            case = CORPUS[name.removeprefix(WHOLE)]
            spent = examined(case, Path(folder))
            if name.startswith(WHOLE):
                spent["said_from_nothing"] = said_from_nothing(case, Path(folder))
                if spent["word"] == "good":
                    looked: Spent = {"seconds": 0.0, "megabytes": 0}
                    shown(spent["media_type"], Path(folder, "file").read_bytes(), looked)
                    spent["looked"] = looked
            sys.stdout.write(json.dumps(spent) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main([line.strip() for line in sys.stdin])
