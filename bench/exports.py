"""A long list as a file: rows a second, and how much memory the server process takes for it."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from http import HTTPStatus

from sqlalchemy.orm import Session

from bench.browser import Answer, Browser, signed_in
from bench.district import District
from bench.measuring import Result, Unexpected

NAME = "export_10k_rows"
TEN_THOUSAND = 10_000
WHOLE, PART = "/desk/queue.{kind}?pile=done", "/desk/queue.{kind}?pile=done&q=orch"


def exported(session: Session, district: District, port: int, scale: int) -> Iterator[Result]:
    """The finished cases as CSV and as a workbook: all of them, at the largest scale those with *orch* in a name.

    That is one in six, an orchestra or an Orchard, so that the file has more than ten thousand rows at 100,000 cases.
    ``peak_mb`` is the most memory that the process has had by then, ``grown_mb`` how much of that came with the file.
    """
    browser = signed_in(session, district.coordinator, port)
    for kind, rows_in in (("csv", _csv_rows), ("xlsx", _workbook_rows)):
        before = _ask(browser, "/desk/queue")
        answer = _ask(browser, (PART if scale > TEN_THOUSAND else WHOLE).format(kind=kind))
        rows = rows_in(answer.body)
        yield Result(
            figure=NAME,
            database=district.database.name,
            scale=scale,
            p50_ms=round(answer.milliseconds, 1),
            p95_ms=round(answer.milliseconds, 1),
            queries=answer.queries,
            bytes=answer.size,
            more={
                "kind": kind,
                "rows": rows,
                "rows_per_second": round(rows / answer.milliseconds * 1000),
                "peak_mb": round(answer.peak / 1024, 1),
                "grown_mb": round((answer.peak - before.peak) / 1024, 1),
            },
        )
    browser.close()


def _ask(browser: Browser, path: str) -> Answer:
    answer = browser.get(path)
    if answer.status != HTTPStatus.OK:
        raise Unexpected(f"{NAME}: {answer.status} for {path}")
    return answer


def _csv_rows(body: bytes) -> int:
    return sum(1 for _row in csv.reader(io.StringIO(body.decode("utf-8-sig")))) - 1


def _workbook_rows(body: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(body)) as workbook:
        sheet = next(name for name in workbook.namelist() if name.startswith("xl/worksheets/"))
        return workbook.read(sheet).count(b"<row ") - 1
