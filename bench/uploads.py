"""Twenty megabytes of evidence in one form, against a bare form that hashes them and waits for the disk as well; then
twenty such forms at once, with somebody asking after the server's health."""

from __future__ import annotations

import itertools
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from unittest import mock

from sqlalchemy.orm import Session

from bench.browser import Answer, Browser, csrf_field, signed_in
from bench.databases import Database
from bench.district import District
from bench.hostile import plain_pdf
from bench.measuring import Result, Unexpected, percentile
from tests.factories import Factory
from vetting import filetypes
from vetting.data.evidence_types import load_evidence_types
from vetting.filetypes import check
from vetting.models import Application, User
from vetting.nursery import Lost
from vetting.storage import Store

NAME = "evidence_upload_20mb"
TYPE = "articles_or_charter"
FILES, BYTES = 2, 10_000_000
"""As many files as make twenty megabytes within the limit of one."""
CROWD = 20
MOST = 20
WARM_UP = 2
TIMES = 7
AT_MOST = 1.3
HEALTH_MS = 1000.0
HEALTH_EVERY = 0.05
BOUNDARY = "frontier-of-the-form"


def uploaded(
    session: Session, district: District, port: int, floor_port: int, samples: int, scale: int
) -> Iterator[Result]:
    """One upload after the other, then many at once. Raises ``Unexpected``.

    ``examine_ms`` is what reading both files in their limited children takes, ``examine_from_nothing_ms`` the same
    without a nursery, ``store_ms`` hashing them onto the disk, ``rest_ms`` all else of the request; ``kept_ratio``
    compares the request without examining with the bare one. ``peak_mb`` is the most memory a server process has had,
    ``grown_mb`` how much of that came with the crowd, ``health_ms_max`` the slowest answer to whether the server is
    ready.
    """
    with ExitStack() as stack:
        cases = _cases(session, district)
        people = [signed_in(session, owner, port) for _case, owner in cases]
        bare = Browser(floor_port)
        for browser in (*people, bare):
            stack.callback(browser.close)
        addresses = [f"/apply/{case.reference}/documents/{TYPE}" for case, _owner in cases]
        yield _alone(people[0], addresses[0], bare, min(samples, MOST), district.database, scale)
        yield _crowded(people, addresses, port, district.database.name, scale)


def short_of(result: Result) -> list[str]:
    """The bounds that a result passes, in words."""
    said = []
    if (ratio := result.more.get("kept_ratio", 0)) > AT_MOST:
        said.append(f"{ratio} times the bare upload without examining (at most {AT_MOST})")
    if result.floor_ratio is not None and result.floor_ratio > AT_MOST:
        said.append(f"{result.floor_ratio} times the bare upload (at most {AT_MOST})")
    if (slowest := result.more.get("health_ms_max", 0)) > HEALTH_MS:
        said.append(f"health answered after {slowest} ms (at most {HEALTH_MS:.0f})")
    return said


def _cases(session: Session, district: District) -> list[tuple[Application, User]]:
    """New drafts with their owners."""
    made = Factory(session, district.database.store)
    made.count = itertools.count(1_000_000)  # the names of people who are there already come before
    found = [(case, made.owner_of(case.organization)) for case in (made.registration() for _number in range(CROWD))]
    session.commit()
    return found


def _alone(person: Browser, address: str, bare: Browser, samples: int, database: Database, scale: int) -> Result:
    answers: list[Answer] = []
    floors: list[Answer] = []
    for number in range(WARM_UP + samples):
        body = _form()
        floor = bare.post_body("/upload", body, BOUNDARY)
        answer = person.post_body(address, body, BOUNDARY)
        _expect(answer, floor)
        if number >= WARM_UP:
            answers.append(answer)
            floors.append(floor)
    times = [answer.milliseconds for answer in answers]
    median, floor_median = statistics.median(times), statistics.median(each.milliseconds for each in floors)
    stages = _stages(database.store)
    return Result(
        figure=NAME,
        database=database.name,
        scale=scale,
        p50_ms=round(median, 1),
        p95_ms=round(percentile(times, 0.95), 1),
        queries=answers[-1].queries,
        bytes=FILES * BYTES,
        floor_ratio=round(median / floor_median, 2),
        more={
            "floor_p50_ms": round(floor_median, 1),
            **stages,
            "rest_ms": round(median - stages["examine_ms"] - stages["store_ms"], 1),
            "kept_ratio": round((median - stages["examine_ms"]) / floor_median, 2),
        },
    )


def _crowded(people: list[Browser], addresses: list[str], port: int, database: str, scale: int) -> Result:
    bodies = [_form()] * CROWD

    def post(person: Browser, address: str, body: bytes) -> Answer:
        return person.post_body(address, body, BOUNDARY)

    before = max(_peaks(port))
    ended = threading.Event()
    health: list[float] = []
    asking = threading.Thread(target=_ask_health, args=(port, ended, health))
    asking.start()
    try:
        with ThreadPoolExecutor(CROWD) as pool:
            answers = list(pool.map(post, people, addresses, bodies))
    finally:
        ended.set()
        asking.join()
    for answer in answers:
        _expect(answer)
    times = [answer.milliseconds for answer in answers]
    peak = max(*_peaks(port), *(answer.peak for answer in answers))
    return Result(
        figure=NAME,
        database=database,
        scale=scale,
        p50_ms=round(percentile(times, 0.5), 1),
        p95_ms=round(percentile(times, 0.95), 1),
        bytes=CROWD * FILES * BYTES,
        more={
            "at_once": CROWD,
            "peak_mb": round(peak / 1024, 1),
            "grown_mb": round((peak - before) / 1024, 1),
            "health_ms_max": round(max(health), 1),
            "health_asked": len(health),
        },
    )


def _expect(answer: Answer, floor: Answer | None = None) -> None:
    if answer.status != HTTPStatus.SEE_OTHER or (floor is not None and floor.status != HTTPStatus.OK):
        text = answer.body.decode(errors="replace")[:2000]
        raise Unexpected(f"{NAME}: {answer.status} (its floor: {floor and floor.status})\n{text}")


def _peaks(port: int) -> list[int]:
    """The most memory in kB of the processes that answer; fresh lines reach each of them."""
    peaks = []
    for _time in range(12):
        browser = Browser(port)
        peaks.append(browser.get("/health/live").peak)
        browser.close()
    return peaks


def _ask_health(port: int, ended: threading.Event, times: list[float]) -> None:
    while not ended.wait(HEALTH_EVERY):
        browser = Browser(port)
        begun = time.perf_counter()
        if browser.get("/health/ready").status == HTTPStatus.OK:
            times.append((time.perf_counter() - begun) * 1000)
        browser.close()


def _form() -> bytes:
    """A form with two files like no others."""
    fields: Mapping[str, str] = {"csrf_token": csrf_field(), "issued_on": "2024-05-01"}
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="'
    parts = [f'{head}{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    for number in range(FILES):
        parts += [f'{head}files"; filename="paper {number}.pdf"\r\n\r\n'.encode(), plain_pdf(BYTES), b"\r\n"]
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def _stages(store: Store) -> dict[str, float]:
    """Milliseconds that parts of one form take, each alone: examining both files, the same without a nursery, and
    hashing them onto the disk."""
    formats = load_evidence_types().documents[TYPE].formats
    with tempfile.TemporaryDirectory(prefix="vetting-bench-") as folder:
        path = Path(folder, "paper")

        def examine() -> object:
            return filetypes.examine(path, "paper.pdf", formats)

        def keep() -> None:
            with path.open("rb") as source:
                store.put(source, area="evidence", file=path)
            # It is the store's own now; the next one must not be written into it.
            path.unlink()

        def timed(part: Callable[[], object]) -> float:
            times = []
            for _time in range(TIMES):
                path.write_bytes(plain_pdf(BYTES))
                begun = time.perf_counter()
                part()
                times.append((time.perf_counter() - begun) * 1000)
            return round(statistics.median(times) * FILES, 1)

        warm = timed(examine)
        with mock.patch.object(check.NURSERY, "ask", side_effect=Lost("measured without")):
            cold = timed(examine)
        return {"examine_ms": warm, "examine_from_nothing_ms": cold, "store_ms": timed(keep)}
