"""The demonstration district, loaded once for a whole run: whoever needs it first loads it, everybody takes a copy."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from vetting.extensions import db
from vetting.jobs.demo import load
from vetting.queries.people import DEMO_PASSWORD
from vetting.views.account.passwords import hashed
from vetting.workflows import anchors
from vetting.workflows.verify import check

HALFWAY = 45
"""After how many steps the load is ended, as by a kill, to go on from there."""


class Stopped(Exception):
    """The load was ended in the middle, as by a kill."""


def load_into(app: Flask, stop_after: int | None = None, now: datetime | None = None) -> bool:
    """Load into the application's database; raises ``Stopped`` after ``stop_after`` steps."""

    def progress(done: int) -> None:
        if stop_after is not None and done >= stop_after:
            raise Stopped

    with app.app_context():
        return load(
            db.session(),
            app.extensions["store"],
            app.config["SETTINGS"],
            password=hashed(DEMO_PASSWORD),
            progress=progress,
            now=now,
        )


def load_with_a_break(app: Flask) -> None:
    """Load everything, ended once in the middle and taken up again by the command that people use."""
    anchors.use(app.config["SETTINGS"].instance / "anchors")
    try:
        load_into(app, HALFWAY)
    except Stopped:
        with app.app_context(), Session(db.engine) as half:
            assert list(check(half)) == []
    else:
        raise AssertionError("The load was over before it could be ended.")
    result = app.test_cli_runner().invoke(args=["vetting", "demo"])
    assert result.exit_code == 0, result.output
    assert "Loaded the demonstration district." in result.output


def kept_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """``folder``, filled by ``make`` in one process of this run while the others wait."""
    with _locked(folder.with_suffix(".lock")):
        if not folder.exists():
            begun = folder.with_suffix(".begun")
            shutil.rmtree(begun, ignore_errors=True)
            make(begun)
            begun.rename(folder)
    return folder


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
