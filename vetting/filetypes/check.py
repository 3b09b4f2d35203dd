"""Examine one file: first its signs, then a real parse in a child process that can be lost without harm."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
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
from vetting.inspection.sensitive import CHECK_RESULTS, PERSONAL_NUMBER, named_like_results
from vetting.nursery import ENVIRONMENT, Ended, Lost, Nursery
from vetting.text import N_, Message, say

PROJECT = Path(__file__).resolve().parents[2]
CHILD = "vetting.inspection.child"
WALL_SECONDS = 20.0
REQUEST_SECONDS = 25.0
"""Whoever sends a file has an answer by then, also when the nursery is stuck and the file is examined without it."""

LEAST_SECONDS = 5.0
"""With less time left than this it is not begun: an interpreter alone takes a second or two."""


NURSERY = Nursery(CHILD, "pdf", "jpeg", "png", "office")

EMPTY = N_("This file is empty. Check it on your device and choose it again.")
UNKNOWN = N_("We cannot tell what kind of file this is. Save it as PDF and send that.")
DAMAGED = N_(
    "We cannot open this file. It may be damaged. Open it on your device, save it again as PDF, and send that."
)
TOO_HARD = N_("This file could not be checked. Open it on your device, save it again as PDF, and send that.")
LOCKED = N_("This file is locked with a password. Save a copy without the password and send that.")
MACROS = N_("This file holds a program (macros). Save it without macros, or as PDF, and send that.")
TOO_LARGE_INSIDE = N_("This file unpacks to far more than a document needs. Save it again as PDF and send that.")
TOO_MANY_PAGES = N_("This file has more than 2,000 pages. Send only the pages that we ask for.")
TWO_IN_ONE = N_("This is two kinds of file in one. Open it on your device, save it again as PDF, and send that.")
FILES_INSIDE = N_("There are other files inside this one. Take them out, or save it as PDF, and send that.")
PROGRAM_INSIDE = N_("There is a program inside this file. Take it out, or print the file to PDF, and send that.")
FETCHES = N_("This file fetches parts of itself from other places. Save it as PDF and send that.")
FORM = N_("This form can be shown by few programs only. Open it, print it to PDF, and send that.")
NOT_TAKEN = N_("This is a %(kind)s. For this document we take: %(kinds)s.")
MISNAMED = N_(
    "The name ends in .%(extension)s, but the file is a %(kind)s. Save it again under the right name and send that."
)

RESULTS = N_(
    "This looks like the result of a background check. We must not keep those, so the file was deleted. "
    "Send your policy, or list the people who were checked."
)
PERSONAL = N_(
    "This file shows what looks like a person's Social Security number. We did not keep it. "
    "Cover the number, or use a tax ID of the organization (EIN), and send it again."
)
NEVER_KEPT = {CHECK_RESULTS: RESULTS, PERSONAL_NUMBER: PERSONAL}

VERDICTS = {
    "damaged": DAMAGED,
    "hard": TOO_HARD,
    "locked": LOCKED,
    "macros": MACROS,
    "too_large": TOO_LARGE_INSIDE,
    "pages": TOO_MANY_PAGES,
    "two": TWO_IN_ONE,
    "inside": FILES_INSIDE,
    "program": PROGRAM_INSIDE,
    "outside": FETCHES,
    "form": FORM,
    "unknown": UNKNOWN,
}
"""A sentence for each word that the child may say instead of "good"."""


class NotChecked(Exception):
    """The file could not be looked at now, for no fault of its own. ``plain`` says so; it may be sent again."""

    plain = N_("We could not check this file just now. Please try again in a minute.")


@dataclass(frozen=True)
class Accepted:
    """A file that opens: its format, the media type to serve it as, and its pages where it has pages.

    ``readable`` says whether a machine finds words in it; in a scan it cannot look for numbers that must not be kept.
    """

    format: Format
    media_type: str
    pages: int | None
    readable: bool = True


@dataclass(frozen=True)
class Refused:
    """Why a file is not taken, and what to do instead."""

    message: Message


def examine(path: Path, filename: str, allowed: Collection[Format]) -> Accepted | Refused:
    """Whether the file at ``path`` is what it says it is, can be opened, and is of an allowed format.

    Never raises for any content; raises ``NotChecked`` when what examines files was itself ended or stuck. An answer
    comes within ``REQUEST_SECONDS``.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        return Refused(say(EMPTY))
    message = RESULTS if named_like_results(filename) else refused_at_sight(head)
    if message is not None:
        return Refused(say(message))
    verdict = _parse(path, sniff(head), is_zip=head.startswith(ZIP_SIGN))
    if isinstance(verdict, Refused):
        return verdict
    return _objection(verdict.format, filename, allowed) or verdict


def expect() -> None:
    """Somebody begins to send a file: have ready by then what will examine it."""
    NURSERY.awaken()


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
    if verdict != "good":
        return Refused(say(VERDICTS.get(verdict, DAMAGED)))
    if answer.get("holds"):
        return Refused(say(NEVER_KEPT[str(answer["holds"])]))
    found = Format(str(answer["format"]))
    pages = answer.get("pages")
    readable = bool(answer.get("readable"))
    return Accepted(found, MEDIA_TYPES[found], pages if isinstance(pages, int) else None, readable)


def _ask_child(task: str, path: Path) -> dict[str, object] | None:
    """The child's answer, or None when it was lost to a limit. Raises ``NotChecked``."""
    request = json.dumps([task, str(path.resolve())]).encode("ascii")
    until = time.monotonic() + REQUEST_SECONDS
    try:
        ended = NURSERY.ask(request, WALL_SECONDS)
    except Lost:
        ended = _without_nursery(request, until - time.monotonic())
    if ended.from_outside:
        raise NotChecked
    try:
        answer = json.loads(ended.output)
    except ValueError:
        return None
    return answer if ended.code == 0 and isinstance(answer, dict) else None


def _without_nursery(request: bytes, left: float) -> Ended:
    """The same in what is ``left`` of the time; too little of it to blame the file raises ``NotChecked``."""
    if left < LEAST_SECONDS:
        raise NotChecked
    ended = _in_its_own_interpreter(request, min(WALL_SECONDS, left))
    if ended.late and left < WALL_SECONDS:
        raise NotChecked
    return ended


def _in_its_own_interpreter(request: bytes, seconds: float) -> Ended:
    """How a child ended that was started from nothing. Nothing of ours reaches it."""
    with tempfile.TemporaryDirectory(prefix="vetting-file-") as folder:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            [sys.executable, "-s", "-m", CHILD],
            cwd=PROJECT,
            env={**ENVIRONMENT, "HOME": folder, "TMPDIR": folder},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            output, _ = child.communicate(request, timeout=seconds)
        except subprocess.TimeoutExpired:
            return Ended(b"", b"", -signal.SIGKILL, late=True)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
    return Ended(output, b"", child.returncode)
