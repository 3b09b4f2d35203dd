"""From the last signature to the sealed file in force, stage by stage, as the worker goes."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any
from unittest import mock

from sqlalchemy.orm import sessionmaker

from bench.district import District
from bench.measuring import Result, percentile
from vetting.documents import execute as documents
from vetting.jobs import agreements as job
from vetting.nursery import Ended, Nursery
from vetting.workflows import anchors

STAGES: tuple[tuple[str, Any, str], ...] = (
    ("read", job, "_read"),
    ("draw", documents, "executed_pdf"),
    ("seal", documents, "seal_pdf"),
    ("check", documents, "self_check"),
)
"""Name of a stage, the module that calls it and the name it calls; storing and recording are what remains."""


def execute_agreements(district: District, scale: int) -> Iterator[Result]:
    """Execute every agreement that waits; the first only warms up. One line for each stage and one for the whole."""
    database = district.database
    sessions = sessionmaker(database.engine, expire_on_commit=False)
    anchors.use(database.instance / "anchors")
    spent: dict[str, list[float]] = defaultdict(list)
    processor: list[float] = []
    for number, agreement_id in enumerate(district.agreement_ids):
        stages: dict[str, float] = {}
        with ExitStack() as stack:
            for name, module, attribute in STAGES:
                stack.enter_context(_timed(module, attribute, name, stages))
            in_children = stack.enter_context(_counted())
            before, begun = _processor_seconds(), time.perf_counter()
            job.execute(sessions, database.store, database.settings, agreement_id)
            whole = (time.perf_counter() - begun) * 1000
        if number == 0:
            continue
        processor.append(_processor_seconds() - before + sum(in_children))
        for name, taken in stages.items():
            spent[name].append(taken)
        spent["store_and_record"].append(whole - sum(stages.values()))
        spent["all"].append(whole)
    for name, times in spent.items():
        more: dict[str, Any] = {"stage": name}
        if name == "all":
            more["per_second_per_core"] = round(1 / median(processor), 2)
        yield Result(
            "agreement_execute",
            database.name,
            scale,
            round(median(times), 1),
            round(percentile(times, 0.95), 1),
            more=more,
        )


@contextmanager
def _timed(module: Any, attribute: str, name: str, stages: dict[str, float]) -> Iterator[None]:
    plain: Callable[..., Any] = getattr(module, attribute)

    def timed(*args: Any, **more: Any) -> Any:
        begun = time.perf_counter()
        try:
            return plain(*args, **more)
        finally:
            stages[name] = (time.perf_counter() - begun) * 1000

    setattr(module, attribute, timed)
    try:
        yield
    finally:
        setattr(module, attribute, plain)


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


def _processor_seconds() -> float:
    """Of this process and of the children it waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system
