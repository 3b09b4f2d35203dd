"""A workbook as rows of cells, read in a child process that can be lost without harm."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vetting.text import N_, Message, say

CHILD = Path(__file__).with_name("workbook_child.py")
WALL_SECONDS = 120.0
MOST_COLUMNS = 60

DAMAGED = N_("We cannot open this workbook. It may be damaged. Open it in your spreadsheet program and save it again.")
TOO_HARD = N_(
    "This workbook takes too long to read. Delete the empty rows and columns around your data, or start again from "
    "the template."
)
VERDICTS: Mapping[str, str] = {
    "damaged": DAMAGED,
    "declares": N_("This workbook holds declarations that no spreadsheet needs. Start again from the template."),
    "unknown": N_("This is a compressed file, but not a workbook. Choose the .xlsx file itself."),
    "locked": N_("This workbook is locked with a password. Save a copy without the password and choose that."),
    "macros": N_("This workbook holds programs (macros). Save it as .xlsx without macros and choose that."),
    "elsewhere": N_(
        "This workbook takes data from other files or from the network. Copy the cells, paste them as values into the "
        "template, and choose that."
    ),
    "too_large": N_(
        "This workbook unpacks to far more than a list of partners needs. Copy your rows into the template and choose "
        "that."
    ),
    "too_many_rows": N_("This workbook has more than %(limit)s rows. Split it into several files."),
}

Cell = tuple[str, str] | None
"""What kind of cell and its text (see the child); None where it is empty."""


@dataclass
class SheetRows:
    """One sheet as it is in the file. ``merged`` names the first merged cells."""

    name: str
    hidden: bool
    merged: str
    rows: list[tuple[int, Sequence[Cell]]] = field(default_factory=list)


def read_workbook(data: bytes, most_rows: int) -> list[SheetRows] | Message:
    """Every sheet of a workbook, or what is wrong with the file. Never raises for any bytes."""
    with tempfile.TemporaryDirectory(prefix="vetting-workbook-") as folder:
        path = Path(folder) / "book.xlsx"
        path.write_bytes(data)
        try:
            return _ask_child(path, folder, most_rows)
        finally:
            path.unlink(missing_ok=True)


def _ask_child(path: Path, folder: str, most_rows: int) -> list[SheetRows] | Message:
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-I", str(CHILD), str(path), str(most_rows)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    end = threading.Timer(WALL_SECONDS, _kill, [child])
    end.start()
    try:
        return _collected(child, most_rows)
    finally:
        end.cancel()
        _kill(child)
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def _kill(child: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _collected(child: subprocess.Popen[str], most_rows: int) -> list[SheetRows] | Message:
    sheets: list[SheetRows] = []
    for line in child.stdout or ():
        try:
            told = json.loads(line)
        except ValueError:
            break
        if "verdict" in told:
            verdict = str(told["verdict"])
            if verdict == "good":
                return sheets
            return say(VERDICTS.get(verdict, DAMAGED), **({"limit": most_rows} if verdict == "too_many_rows" else {}))
        if "row" in told:
            cells = [tuple(cell) if cell else None for cell in told["cells"]]
            sheets[-1].rows.append((told["row"], cells))
        else:
            sheets.append(SheetRows(told["sheet"], told["hidden"], told["merged"]))
    # The child was lost to a limit before it could say anything.
    return say(TOO_HARD)
