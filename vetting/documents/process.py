"""Run one task in a limited child process: a crash, an endless loop or a hostile file stays there.

Frames on the pipes are one JSON line (task, names and sizes) followed by the raw bytes of each named part, in order.
"""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from vetting.nursery import ENVIRONMENT, Ended, Lost, Nursery

PROJECT = Path(__file__).resolve().parents[2]
CHILD = "vetting.documents.child"

SHOWING = Nursery(CHILD, "clean", "draw", "read")
NURSERIES: Mapping[str, Nursery] = {
    "clean": SHOWING,
    "draw": SHOWING,
    "read": SHOWING,
    "render": Nursery(CHILD, "render"),
}
"""Which tasks need not wait for an interpreter. Files that people hand in to be verified come too rarely to keep the
library for them in memory."""

# A font configuration with no fonts: what a document looks like must not depend on the machine it was made on.
NO_SYSTEM_FONTS = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>'


@dataclass(frozen=True, slots=True)
class Limits:
    """Allowance of one child: wall clock and processor seconds, address space in bytes."""

    wall_seconds: float = 120.0
    cpu_seconds: int = 90
    memory_bytes: int = 1_500_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child said: plain data and named byte strings."""

    data: Mapping[str, object]
    parts: Mapping[str, bytes]


class ChildTimedOut(Exception):
    """The child passed its wall clock or processor limit and was killed."""


class ChildKilled(Exception):
    """Somebody else ended the child: an operator, or the system that ran out of memory.

    Nothing is known about the document, so nothing may be kept; it is tried again later.
    """


class ChildDied(Exception):
    """The child ended without a complete answer; the text is the end of its error output, for the log."""


def run_child(task: str, data: Mapping[str, object], parts: Mapping[str, bytes], limits: Limits) -> Answer:
    """Run `task` with `data` and `parts` in a child of its own and return its answer.

    Raises ChildTimedOut, ChildKilled or ChildDied; the child and everything it started are gone either
    way. Its environment holds none of ours, so no secret reaches it.
    """
    with tempfile.TemporaryDirectory(prefix="vetting-document-") as folder:
        Path(folder, "fonts.conf").write_text(NO_SYSTEM_FONTS, encoding="ascii")
        header = {"task": task, "limits": asdict(limits), "data": dict(data), "environment": _environment(folder)}
        ended = _ended(task, pack(header, parts), folder, limits.wall_seconds)
    if ended.late or ended.code == -signal.SIGXCPU or ended.cpu_seconds >= limits.cpu_seconds:
        raise ChildTimedOut
    if ended.from_outside:
        raise ChildKilled(f"signal {-ended.code}")
    return _answer(ended.output, ended.errors, ended.code)


def _ended(task: str, request: bytes, folder: str, seconds: float) -> Ended:
    nursery = NURSERIES.get(task)
    if nursery is not None:
        with contextlib.suppress(Lost):
            return nursery.ask(request, seconds)
    return _in_its_own_interpreter(request, folder, seconds)


def _in_its_own_interpreter(request: bytes, folder: str, seconds: float) -> Ended:
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-m", CHILD],
        cwd=PROJECT,
        env=_environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, errors = child.communicate(request, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise ChildTimedOut from None
    finally:
        _end(child)
    return Ended(output, errors, child.returncode)


def pack(header: Mapping[str, object], parts: Mapping[str, bytes]) -> bytes:
    """One frame: the header line, then the parts."""
    line = {**header, "parts": [[name, len(body)] for name, body in parts.items()]}
    return json.dumps(line).encode("ascii") + b"\n" + b"".join(parts.values())


def unpack(stream: BinaryIO) -> tuple[dict[str, object], dict[str, bytes]]:
    """Read one frame; raises ValueError when it is cut short."""
    header = json.loads(stream.readline())
    parts = {}
    for name, size in header.pop("parts"):
        parts[name] = stream.read(size)
        if len(parts[name]) != size:
            raise ValueError("The frame is cut short.")
    return header, parts


def _environment(folder: str) -> dict[str, str]:
    own = {"HOME": folder, "TMPDIR": folder, "XDG_CACHE_HOME": folder}
    return {**ENVIRONMENT, **own, "FONTCONFIG_FILE": str(Path(folder, "fonts.conf"))}


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def _answer(output: bytes, errors: bytes, code: int) -> Answer:
    try:
        header, parts = unpack(io.BytesIO(output))
    except (ValueError, KeyError):
        tail = errors.decode("utf-8", "replace")[-2000:]
        raise ChildDied(f"exit status {code}: {tail}") from None
    return Answer(header, parts)
