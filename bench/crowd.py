"""Eight people at once: how many first pages of the queue the server gives in a second, against the bare page."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus

from sqlalchemy.orm import Session

from bench.browser import Browser, signed_in
from bench.district import District
from bench.measuring import Result, Unexpected, percentile

NAME = "eight_clients_queue"
CLIENTS = 8
ROUNDS = 5
AT_LEAST = 0.35
"""Requests a second as a part of the bare page's."""


def eight_clients(session: Session, district: District, port: int, floor_port: int, samples: int, scale: int) -> Result:
    """Ask for the queue and for the bare page in turns, eight browsers at a time. Raises ``Unexpected``."""
    with ExitStack() as stack:
        people = [signed_in(session, district.coordinator, port) for _number in range(CLIENTS)]
        bare = [Browser(floor_port) for _number in range(CLIENTS)]
        for browser in (*people, *bare):
            stack.callback(browser.close)
        pool = stack.enter_context(ThreadPoolExecutor(CLIENTS))
        each = max(1, samples // ROUNDS)
        _at_once(pool, people, "/desk/queue", 2)
        _at_once(pool, bare, "/page", 2)
        times: list[float] = []
        seconds = bare_seconds = 0.0
        for _round in range(ROUNDS):
            bare_seconds += _at_once(pool, bare, "/page", each)[0]
            took, found = _at_once(pool, people, "/desk/queue", each)
            seconds += took
            times += found
    rate, bare_rate = len(times) / seconds, len(times) / bare_seconds
    return Result(
        figure=NAME,
        database=district.database.name,
        scale=scale,
        p50_ms=round(percentile(times, 0.5), 1),
        p95_ms=round(percentile(times, 0.95), 1),
        more={
            "clients": CLIENTS,
            "requests_per_second": round(rate, 1),
            "floor_requests_per_second": round(bare_rate, 1),
            "requests_ratio": round(rate / bare_rate, 2),
        },
    )


def short_of(result: Result) -> list[str]:
    """The bound that a result misses, in words."""
    ratio = result.more["requests_ratio"]
    return [f"{ratio} of the bare page's requests (at least {AT_LEAST})"] if ratio < AT_LEAST else []


def _at_once(pool: ThreadPoolExecutor, browsers: Sequence[Browser], path: str, each: int) -> tuple[float, list[float]]:
    """Every browser asks so often; the seconds it took in all, and the milliseconds of each answer."""
    begun = time.perf_counter()
    asking: Callable[[Browser], list[float]] = partial(_ask, path=path, each=each)
    found = [took for times in pool.map(asking, browsers) for took in times]
    return time.perf_counter() - begun, found


def _ask(browser: Browser, path: str, each: int) -> list[float]:
    times = []
    for _time in range(each):
        answer = browser.get(path)
        if answer.status != HTTPStatus.OK:
            raise Unexpected(f"{NAME}: {answer.status} for {path}")
        times.append(answer.milliseconds)
    return times
