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

PROJECT = Path(__file__).resolve().parents[2]

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


class ChildDied(Exception):
    """The child ended without a complete answer; the text is the end of its error output, for the log."""


def run_child(task: str, data: Mapping[str, object], parts: Mapping[str, bytes], limits: Limits) -> Answer:
    """Run `task` with `data` and `parts` in a fresh interpreter and return its answer.

    Raises ChildTimedOut or ChildDied; the child and everything it started are gone either way. Its environment holds
    none of ours, so no secret reaches it.
    """
    with tempfile.TemporaryDirectory(prefix="vetting-document-") as folder:
        Path(folder, "fonts.conf").write_text(NO_SYSTEM_FONTS, encoding="ascii")
        child = subprocess.Popen(
            [sys.executable, "-m", "vetting.documents.child"],
            cwd=PROJECT,
            env=_environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        request = pack({"task": task, "limits": asdict(limits), "data": dict(data)}, parts)
        try:
            output, errors = child.communicate(request, timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired:
            raise ChildTimedOut from None
        finally:
            _end(child)
    if child.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise ChildTimedOut
    return _answer(output, errors, child.returncode)


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
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": folder,
        "TMPDIR": folder,
        "XDG_CACHE_HOME": folder,
        "FONTCONFIG_FILE": str(Path(folder, "fonts.conf")),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


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
