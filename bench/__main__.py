"""Seed, serve, measure: one JSON line for each figure on standard output, everything else on standard error."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.orm import Session

from bench import backtest, crowd, execution, exports, hostile, imports, packets, uploads, year_zip
from bench.browser import Browser
from bench.databases import Database, databases
from bench.district import SEED, District, Seed, build, grow, grow_agreements, listed
from bench.figures import figures
from bench.floor import seed
from bench.measuring import Result, Unexpected, measure, over
from bench.review_day import NAME as REVIEW_DAY
from bench.review_day import review_day
from bench.servers import server, tail
from bench.startup import startup
from tests.support.postgres import PostgresUnavailable
from vetting.models import Agreement, ExecutedDocument
from vetting.queries import agreements

QUICK, FULL = (1_000, 10_000), (1_000, 10_000, 100_000)
QUICK_SAMPLES, FULL_SAMPLES = 30, 200
OF_NO_SCALE = frozenset({packets.NAME, hostile.NAME})

screen = Console(stderr=True)


def main(arguments: Sequence[str]) -> int:
    """Measure; the exit code. Bounds that are passed are told, and fail nothing: a benchmark is not a test."""
    options = _options(arguments)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vetting-bench-") as folder:
        try:
            with databases(Path(folder), options.databases.split(",")) as found:
                _run(found, _planned(options))
        except PostgresUnavailable as problem:
            screen.print(f"{problem} Use --databases sqlite to measure without it.", highlight=False)
            return 2
        except Unexpected as problem:
            screen.print(f"Not measured: {problem}", highlight=False, markup=False)
            return 1
    screen.print(f"Done in {time.monotonic() - begun:.0f} seconds.", highlight=False)
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the figures of docs/performance.md.")
    parser.add_argument("--quick", action="store_true", help="1,000 and 10,000 applications; a few minutes")
    parser.add_argument("--databases", default="sqlite,postgresql", help="which to measure (default: both)")
    parser.add_argument("--scales", type=_scales, help="numbers of applications, rising, such as 1000,10000")
    parser.add_argument("--figures", default="", help="only these, by name, such as queue_first_page,case_page")
    parser.add_argument("--samples", type=int, help="requests for each figure")
    return parser.parse_args(arguments)


def _scales(text: str) -> tuple[int, ...]:
    found = tuple(int(part) for part in text.split(","))
    if not found or sorted(set(found)) != list(found) or found[0] < 1000:
        raise argparse.ArgumentTypeError("whole numbers that rise, from 1000 on")
    return found


@dataclass(frozen=True)
class Plan:
    """At which scales, how often, which figures (all when none is named), and whether a part of each is enough."""

    scales: Sequence[int]
    samples: int
    names: frozenset[str]
    quick: bool

    def includes(self, name: str) -> bool:
        return not self.names or name in self.names


def _planned(options: argparse.Namespace) -> Plan:
    names = frozenset(options.figures.split(",")) - {""}
    scales = options.scales or (QUICK if options.quick else FULL)
    if names and names <= OF_NO_SCALE:
        # Figures that look at no applications need none.
        scales = ()
    samples = options.samples or (QUICK_SAMPLES if options.quick else FULL_SAMPLES)
    return Plan(scales, samples, names, quick=options.quick or (bool(scales) and scales[-1] < FULL[-1]))


def _run(found: Sequence[Database], plan: Plan) -> None:
    missed = _backtest(plan)
    with _bar("Migrating and building one case of each kind", None):
        districts, seeds = build(found)
        for database in found:
            seed(database.floor_url)
    executions = _before_the_pages(districts, seeds, plan)
    smallest: dict[tuple[str, str], Result] = {}
    passed: list[str] = []
    for scale in plan.scales:
        with _bar(f"Seeding {scale:,} applications", scale) as show:
            grow(found, seeds, scale, show)
        for district in districts:
            if plan.includes(execution.NAME):
                _tell_all(executions[district.database.name].measured(scale))
            for result, beyond in _measured(district, scale, plan, smallest):
                smallest.setdefault((district.database.name, result.figure), result)
                _tell(result)
                if scale == plan.scales[-1]:
                    passed += [f"{result.database} {result.figure}: {words}" for words in beyond]
    _after_the_pages(districts, plan)
    for line in missed:
        screen.print(f"Not as often as said: {line}", highlight=False)
    for line in passed:
        screen.print(f"Over its bound at {plan.scales[-1]:,}: {line}", highlight=False)


def _backtest(plan: Plan) -> list[str]:
    """Whether what the status page says about waiting comes true, in a history that needs no database."""
    if not any(plan.includes(name) for name in backtest.NAMES.values()):
        return []
    cases = backtest.QUICK_CASES if plan.quick else backtest.CASES
    with _bar(f"Holding what is said about waiting against {cases:,} cases", None):
        results = list(backtest.results(backtest.backtest(SEED, cases)))
    missed = []
    for result in results:
        if plan.includes(result.figure):
            _tell(result)
            missed += [f"{result.figure}: {words}" for words in backtest.short_of(result)]
    return missed


def _before_the_pages(districts: Sequence[District], seeds: Seed, plan: Plan) -> dict[str, execution.Executions]:
    """What needs no server. One agreement is executed in any case, because it is downloaded later."""
    if plan.includes("startup_import"):
        _tell(startup(districts[0].database))
    executions = {district.database.name: execution.Executions(district) for district in districts}
    for each in executions.values():
        each.warm_up()
    if plan.includes(execution.NAME):
        for number in execution.QUICK_AGREEMENTS if plan.quick else execution.AGREEMENTS:
            with _bar(f"Executing agreements beside {number:,}", None):
                grow_agreements([district.database for district in districts], seeds, number)
                for district in districts:
                    district.database.settle()
                results = [result for each in executions.values() for result in each.measured(0)]
            _tell_all(results)
    return executions


def _after_the_pages(districts: Sequence[District], plan: Plan) -> None:
    """What is done to documents, in children of this process."""
    if plan.includes(packets.NAME):
        with _bar("Checking packets of documents, clean ones and faulty ones", None):
            results = list(packets.checked(districts[0].database, quick=plan.quick))
        for result in results:
            _tell(result)
    if plan.includes(hostile.NAME):
        with _bar("Examining files that were made to do harm", None):
            results = list(hostile.examined(quick=plan.quick))
        for result in results:
            _tell(result)


def _measured(
    district: District, scale: int, plan: Plan, smallest: dict[tuple[str, str], Result]
) -> Iterator[tuple[Result, list[str]]]:
    """Each figure that is planned, with the bounds it passes in words."""
    database = district.database
    with database.session() as session:
        file = database.store.root / _executed(session, district).storage_key
        screen.print(f"{database.name}: {listed(session):,} programs in the directory.", highlight=False)
        product = server(database, "bench.serve_app:app", "/health/ready", {})
        bare = server(database, "bench.floor:create_floor()", "/page", _floor(database, file))
        with product as port, bare as floor_port, figures(session, district, port) as wanted:
            floor = Browser(floor_port)
            for figure in wanted:
                if not plan.includes(figure.name):
                    continue
                before = smallest.get((database.name, figure.name))
                try:
                    result = measure(figure, floor, plan.samples, database.name, scale, before)
                except Unexpected as problem:
                    log = tail(database.instance / "bench.serve_app.log")
                    raise Unexpected(f"{problem}\nThe server said:\n{log}") from None
                yield result, over(figure, result)
            floor.close()
            if plan.includes(crowd.NAME):
                result = crowd.eight_clients(session, district, port, floor_port, plan.samples, scale)
                yield result, crowd.short_of(result)
            if plan.includes(exports.NAME):
                yield from ((result, []) for result in exports.exported(session, district, port, scale))
            if plan.includes(uploads.NAME) and scale == plan.scales[-1]:
                results = uploads.uploaded(session, district, port, floor_port, plan.samples, scale)
                yield from ((result, uploads.short_of(result)) for result in results)
    yield from _by_the_worker(district, scale, plan, smallest)
    if plan.includes(REVIEW_DAY) and scale == plan.scales[-1]:
        with server(database, "bench.serve_app:app", "/health/ready", {}) as port:
            _tell(review_day(database, port, scale))


def _by_the_worker(
    district: District, scale: int, plan: Plan, smallest: dict[tuple[str, str], Result]
) -> Iterator[tuple[Result, list[str]]]:
    """What people ask for and the worker does."""
    database = district.database
    if plan.includes(year_zip.NAME):
        for result in year_zip.made(district, scale, smallest.get((database.name, year_zip.NAME))):
            yield result, year_zip.beyond(result)
    if plan.includes(imports.NAME) and scale == plan.scales[-1]:
        yield from ((result, []) for result in imports.imported(database))


def _floor(database: Database, file: Path) -> dict[str, str]:
    """Which file the floor sends, and where it keeps those that it gets."""
    folder = database.instance / "floor-files"
    folder.mkdir(exist_ok=True)
    return {"FLOOR_FILE": str(file), "FLOOR_FOLDER": str(folder)}


def _executed(session: Session, district: District) -> ExecutedDocument:
    agreement = session.get_one(Agreement, district.agreement_ids[0])
    found = agreements.executed(session, agreement)
    if found is None:
        raise Unexpected(f"{agreement.reference} was not executed")
    return found


def _tell_all(results: Iterable[Result]) -> None:
    for result in results:
        _tell(result)


def _tell(result: Result) -> None:
    print(result.line(), flush=True)


@contextmanager
def _bar(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; the callback takes how much is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.update(task, completed=done)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
