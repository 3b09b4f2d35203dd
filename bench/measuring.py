"""Ask, time, compare: each request alternates with its bare counterpart, so that both meet the same moments."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

from bench.browser import Answer, Browser
from bench.figures import FILE, PAGE, WRITE, Figure
from bench.floor import ROWS

WARM_UP = 5


@dataclass(frozen=True)
class Result:
    """One line of the output. Ratios compare medians; a growth ratio needs a smaller scale to compare with."""

    figure: str
    database: str
    scale: int
    p50_ms: float
    p95_ms: float
    queries: int | None = None
    bytes: int | None = None
    floor_ratio: float | None = None
    growth_ratio: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def line(self) -> str:
        own = asdict(self)
        return json.dumps({**{name: value for name, value in own.items() if name != "more"}, **self.more})


class Unexpected(Exception):
    """A request was not answered as it should be, so its time says nothing."""


def floor_ask(browser: Browser, kind: str) -> Callable[[int], Answer]:
    """The bare counterpart of a figure."""
    asks: dict[str, Callable[[int], Answer]] = {
        PAGE: lambda number: browser.get("/page"),
        FILE: lambda number: browser.get("/file"),
        WRITE: lambda number: browser.post("/write", {"number": str(ROWS - number)}),
    }
    return asks[kind]


def measure(figure: Figure, floor: Browser, samples: int, database: str, scale: int, smallest: Result | None) -> Result:
    """Ask for a figure and its floor in turns, after warming both up. Raises ``Unexpected``."""
    bare = floor_ask(floor, figure.floor)
    samples = min(samples, (figure.most or samples + WARM_UP) - WARM_UP)
    if samples < 1:
        raise Unexpected(f"{figure.name}: the seed holds too few to ask for")
    bare_answers, answers = [], []
    for number in range(WARM_UP + samples):
        bare_answer = bare(number)
        answer = figure.ask(number)
        if answer.status != figure.status or bare_answer.status not in {HTTPStatus.OK, HTTPStatus.SEE_OTHER}:
            text = answer.body.decode(errors="replace")[:2000]
            raise Unexpected(f"{figure.name}: {answer.status} (its floor: {bare_answer.status})\n{text}")
        if number >= WARM_UP:
            bare_answers.append(bare_answer)
            answers.append(answer)
    times = [found.milliseconds for found in answers]
    median = statistics.median(times)
    bare_median = statistics.median(found.milliseconds for found in bare_answers)
    processor = statistics.median(found.processor for found in answers)
    bare_processor = statistics.median(found.processor for found in bare_answers)
    return Result(
        figure=figure.name,
        database=database,
        scale=scale,
        p50_ms=round(median, 1),
        p95_ms=round(percentile(times, 0.95), 1),
        queries=answer.queries,
        bytes=answer.size,
        floor_ratio=round(median / bare_median, 2),
        growth_ratio=round(median / smallest.p50_ms, 2) if smallest else None,
        more={
            "floor_p50_ms": round(bare_median, 1),
            "growth_of_floor_ratio": (
                round(median / bare_median / smallest.floor_ratio, 2) if smallest and smallest.floor_ratio else None
            ),
            "processor_ms": round(processor, 1),
            "processor_floor_ratio": round(processor / bare_processor, 2),
        },
    )


def percentile(values: list[float], part: float) -> float:
    """The smallest value that at least ``part`` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(part * 100) * len(ordered) // 100) - 1))]


def over(figure: Figure, result: Result) -> list[str]:
    """Which bounds a result passes, in words."""
    bounds = figure.bounds
    pairs = (
        ("of its floor", result.floor_ratio, bounds.floor),
        ("of the smallest scale", result.growth_ratio, bounds.growth),
        ("queries", result.queries, bounds.queries),
        ("bytes", result.bytes, bounds.size),
    )
    return [f"{value} {words} (at most {most})" for words, value, most in pairs if value and most and value > most]
