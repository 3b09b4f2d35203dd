"""What examines a file is ended from outside, or stuck: nothing is said about the file, and nobody waits for long."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.documents.papers import pdf_of
from vetting.data.evidence_types import Format
from vetting.filetypes import Accepted, NotChecked, Refused, check
from vetting.nursery import Nursery, asking

KILLED = "tests.support.killed_children"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(pdf_of("Signed by hand"))
    return path


@contextmanager
def _nursery(monkeypatch: pytest.MonkeyPatch, module: str) -> Iterator[Nursery]:
    nursery = Nursery(module, *(("pdf",) if module == check.CHILD else ()))
    monkeypatch.setattr(check, "NURSERY", nursery)
    yield nursery
    nursery.close()


def process_of(nursery: Nursery) -> int:
    assert nursery._running is not None
    return nursery._running.process.pid


def examined(path: Path) -> Accepted | Refused:
    return check.examine(path, "file.pdf", tuple(Format))


def test_a_child_killed_by_somebody_else_says_nothing_about_its_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _nursery(monkeypatch, KILLED), pytest.raises(NotChecked):
        examined(file)
    with _nursery(monkeypatch, check.CHILD):
        assert isinstance(examined(file), Accepted)


def test_so_does_one_that_was_started_without_a_nursery(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _nursery(monkeypatch, "no.such.module"):
        assert isinstance(examined(file), Accepted)
        monkeypatch.setattr(check, "CHILD", KILLED)
        with pytest.raises(NotChecked):
            examined(file)


def test_a_stuck_nursery_costs_one_file_a_moment_and_the_next_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine that is busy with other tests is no stuck nursery.
    monkeypatch.setattr(asking, "START_SECONDS", 60.0)
    monkeypatch.setattr(check, "REQUEST_SECONDS", 120.0)
    with _nursery(monkeypatch, check.CHILD) as nursery:
        assert isinstance(examined(file), Accepted)
        stuck = process_of(nursery)
        os.kill(stuck, signal.SIGSTOP)
        monkeypatch.setattr(asking, "TAKE_SECONDS", 0.3)
        assert isinstance(examined(file), Accepted)
        monkeypatch.setattr(asking, "TAKE_SECONDS", 30.0)
        # The next is examined by another nursery: starting an interpreter of its own would fail here.
        monkeypatch.setattr(check, "_in_its_own_interpreter", None)
        assert isinstance(examined(file), Accepted)
        assert process_of(nursery) != stuck


def test_with_too_little_time_left_the_file_is_not_blamed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _nursery(monkeypatch, "no.such.module"):
        monkeypatch.setattr(check, "REQUEST_SECONDS", check.LEAST_SECONDS - 1)
        with pytest.raises(NotChecked):
            examined(file)
