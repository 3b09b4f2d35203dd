"""Examine one file: first its signs, then a real parse in a child process that can be lost without harm."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from vetting.data.evidence_types import Format
from vetting.filetypes.sniff import (
    EXTENSIONS,
    HEAD_BYTES,
    MEDIA_TYPES,
    NAMES,
    ZIP_SIGN,
    extension_of,
    refused_at_sight,
    sniff,
)
from vetting.text import N_, Message, say

CHILD = Path(__file__).with_name("child.py")
WALL_SECONDS = 20.0

EMPTY = N_("This file is empty. Check it on your device and choose it again.")
UNKNOWN = N_("We cannot tell what kind of file this is. Save it as PDF and send that.")
DAMAGED = N_(
    "We cannot open this file. It may be damaged. Open it on your device, save it again as PDF, and send that."
)
TOO_HARD = N_("This file could not be checked. Open it on your device, save it again as PDF, and send that.")
LOCKED = N_("This file is locked with a password. Save a copy without the password and send that.")
MACROS = N_("This file holds a program (macros). Save it without macros, or as PDF, and send that.")
TOO_LARGE_INSIDE = N_("This file unpacks to far more than a document needs. Save it again as PDF and send that.")
NOT_TAKEN = N_("This is a %(kind)s. For this document we take: %(kinds)s.")
MISNAMED = N_(
    "The name ends in .%(extension)s, but the file is a %(kind)s. Save it again under the right name and send that."
)

VERDICTS = {"damaged": DAMAGED, "locked": LOCKED, "macros": MACROS, "too_large": TOO_LARGE_INSIDE}


@dataclass(frozen=True)
class Accepted:
    """A file that opens: its format, the media type to serve it as, and its pages where it has pages."""

    format: Format
    media_type: str
    pages: int | None


@dataclass(frozen=True)
class Refused:
    """Why a file is not taken, and what to do instead."""

    message: Message


def examine(path: Path, filename: str, allowed: Collection[Format]) -> Accepted | Refused:
    """Whether the file at ``path`` is what it says it is, can be opened, and is of an allowed format. Never raises for
    any content."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        return Refused(say(EMPTY))
    message = refused_at_sight(head)
    if message is not None:
        return Refused(say(message))
    verdict = _parse(path, sniff(head), is_zip=head.startswith(ZIP_SIGN))
    if isinstance(verdict, Refused):
        return verdict
    return _objection(verdict.format, filename, allowed) or verdict


def _objection(kind: Format, filename: str, allowed: Collection[Format]) -> Refused | None:
    extension = extension_of(filename)
    if extension in EXTENSIONS and EXTENSIONS[extension] is not kind:
        return Refused(say(MISNAMED, extension=extension, kind=NAMES[kind]))
    if kind not in allowed:
        kinds = ", ".join(NAMES[each] for each in Format if each in allowed)
        return Refused(say(NOT_TAKEN, kind=NAMES[kind], kinds=kinds))
    return None


def _parse(path: Path, kind: Format | None, *, is_zip: bool) -> Accepted | Refused:
    task = kind.value if kind is not None else "office" if is_zip else None
    if task is None:
        return Refused(say(UNKNOWN))
    answer = _ask_child(task, path)
    if answer is None:
        return Refused(say(TOO_HARD))
    verdict = str(answer.get("verdict"))
    if verdict == "unknown":
        return Refused(say(UNKNOWN))
    if verdict != "good":
        return Refused(say(VERDICTS.get(verdict, DAMAGED)))
    found = Format(str(answer["format"]))
    pages = answer.get("pages")
    return Accepted(found, MEDIA_TYPES[found], pages if isinstance(pages, int) else None)


def _ask_child(task: str, path: Path) -> dict[str, object] | None:
    """The child's answer, or None when it was lost to a limit. Its environment holds none of ours."""
    with tempfile.TemporaryDirectory(prefix="vetting-file-") as folder:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            [sys.executable, "-I", str(CHILD), task, str(path)],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            output, _ = child.communicate(timeout=WALL_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            if child.stdout is not None:
                child.stdout.close()
    try:
        answer = json.loads(output)
    except ValueError:
        return None
    return answer if child.returncode == 0 and isinstance(answer, dict) else None
