"""From the last signature to the sealed file in force, stage by stage, as the worker goes; and how that grows."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any
from unittest import mock

import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from bench.district import EXECUTED_TOGETHER, District
from bench.measuring import Result, percentile
from vetting.documents import execute as documents
from vetting.jobs import agreements as job
from vetting.models import ExecutedDocument
from vetting.nursery import Ended, Nursery
from vetting.workflows import anchors

NAME = "agreement_execute"
AGREEMENTS, QUICK_AGREEMENTS = (1, 10, 100), (1, 100)
"""With so many sealed documents it is measured before there are applications; then at each scale."""


@dataclass
class Taken:
    """What a stage took: milliseconds on the clock, and of the processor, that of its children included."""

    wall: float
    processor: float


Stages = dict[str, Taken]
ALL = "all"


class Executions:
    """Agreements of one district that wait for the worker, executed a few at a time."""

    def __init__(self, district: District) -> None:
        self.database = district.database
        self._waiting = list(district.agreement_ids)
        self._sessions = sessionmaker(self.database.engine, expire_on_commit=False)
        self._smallest: dict[str, float] = {}

    def warm_up(self) -> None:
        """Execute one that is not counted."""
        self._execute()

    def measured(self, scale: int) -> Iterator[Result]:
        """Execute a few; one line for each stage and one for the whole."""
        with self._sessions() as session:
            sealed = session.scalar(sa.select(sa.func.count(ExecutedDocument.id)))
        spent: dict[str, list[Taken]] = defaultdict(list)
        for _time in range(min(EXECUTED_TOGETHER, len(self._waiting))):
            for name, taken in self._execute().items():
                spent[name].append(taken)
        for name, found in spent.items():
            yield self._result(name, found, scale, {"stage": name, "agreements": sealed})

    def _result(self, name: str, found: Sequence[Taken], scale: int, more: dict[str, Any]) -> Result:
        walls = [taken.wall for taken in found]
        processor = median(taken.processor for taken in found)
        first = self._smallest.setdefault(name, processor)
        more |= {"processor_ms": round(processor, 1), "growth_of_processor": round(processor / first, 2)}
        if name == ALL:
            more["per_second_per_core"] = round(1000 / processor, 2)
        p50, p95 = round(median(walls), 1), round(percentile(walls, 0.95), 1)
        return Result(NAME, self.database.name, scale, p50, p95, more=more)

    def _execute(self) -> Stages:
        anchors.use(self.database.instance / "anchors")
        stages: Stages = {}
        store = self.database.store
        watched = (
            ("read", job, "_read"),
            ("draw", documents, "executed_pdf"),
            ("seal", documents, "seal_pdf"),
            ("check", documents, "self_check"),
            ("store", store, "put"),
        )
        with ExitStack() as stack:
            in_children = stack.enter_context(_counted())
            for name, owner, attribute in watched:
                stack.enter_context(_timed(owner, attribute, name, stages, in_children))
            whole = Taken(0, 0)
            with _clocked(whole, in_children):
                job.execute(self._sessions, store, self.database.settings, self._waiting.pop(0))
        parts = list(stages.values())
        # Putting it aside, moving the agreement, its history, its messages, and the commit.
        stages["record"] = Taken(
            whole.wall - sum(part.wall for part in parts), whole.processor - sum(part.processor for part in parts)
        )
        stages[ALL] = whole
        return stages


@contextmanager
def _timed(owner: Any, attribute: str, name: str, stages: Stages, in_children: list[float]) -> Iterator[None]:
    plain: Callable[..., Any] = getattr(owner, attribute)

    def timed(*args: Any, **more: Any) -> Any:
        with _clocked(stages.setdefault(name, Taken(0, 0)), in_children):
            return plain(*args, **more)

    with mock.patch.object(owner, attribute, timed):
        yield


@contextmanager
def _clocked(taken: Taken, in_children: list[float]) -> Iterator[None]:
    begun, before, children = time.perf_counter(), time.process_time(), sum(in_children)
    try:
        yield
    finally:
        taken.wall += (time.perf_counter() - begun) * 1000
        taken.processor += (time.process_time() - before + sum(in_children) - children) * 1000


@contextmanager
def _counted() -> Iterator[list[float]]:
    """Processor seconds of children of a nursery, which are nobody else's to wait for."""
    spent: list[float] = []
    plain = Nursery.ask

    def ask(nursery: Nursery, request: bytes, seconds: float) -> Ended:
        ended = plain(nursery, request, seconds)
        spent.append(ended.cpu_seconds)
        return ended

    with mock.patch.object(Nursery, "ask", ask):
        yield spent
