"""Whoever draws or reads a document is killed from outside: nothing is kept, and it is done later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.documents import papers
from tests.documents.test_pages import Reader
from vetting import clock
from vetting.documents import process
from vetting.documents.preview import PAUSES
from vetting.nursery import Nursery

KILLED = "tests.support.killed_children"


@contextmanager
def killed_from_outside() -> Iterator[None]:
    """Every child is killed by somebody else meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        nursery = Nursery(KILLED)
        patch.setattr(process, "NURSERIES", dict.fromkeys(process.NURSERIES, nursery))
        patch.setattr(process, "CHILD", KILLED)
        yield
        nursery.close()


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


@pytest.mark.parametrize("task", ["read", "examine"])
def test_a_kill_is_no_limit(task: str) -> None:
    with killed_from_outside(), pytest.raises(process.ChildKilled):
        process.run_child(task, {"media_type": "application/pdf"}, {"document": b"%PDF"}, process.Limits())


def test_pages_whose_child_was_killed_are_drawn_later_and_nothing_is_kept(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = reader.keep(papers.pdf_of("Drawn in the end"))
    reader.renditions.want(source)
    with killed_from_outside():
        assert reader.work() == 1
    assert reader.renditions.sheet(source, 1) is None
    (wish,) = reader.renditions.wishes()
    assert (wish.attempts, wish.killed) == (0, 1)
    assert reader.work() == 0, "not at once again"
    later = clock.now() + PAUSES[0]
    monkeypatch.setattr(clock, "now", lambda: later)
    assert reader.open(source).text == "Drawn in the end"
    assert reader.renditions.wishes() == []


def test_pages_are_tried_so_often_and_then_have_to_be_asked_for_anew(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = reader.keep(papers.pdf_of("Asked for anew"))
    reader.renditions.want(source)
    days = iter(range(100))
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=next(days)))
    with killed_from_outside():
        assert reader.work() == len(PAUSES) + 1
    assert reader.renditions.wishes() == []
    assert reader.renditions.sheet(source, 1) is None
    assert reader.open(source).text == "Asked for anew"
