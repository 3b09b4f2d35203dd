"""What examining files that were made to do harm costs, and how examining grows with the size of a plain file.

Each file goes the way of an upload: its signs, then a child of the nursery with the program's own limits.
"""

from __future__ import annotations

import io
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pikepdf

from bench.measuring import Result, percentile
from tests.support.hostile import CORPUS, runner
from vetting import filetypes
from vetting.data.evidence_types import Format

NAME = "hostile_corpus"
ONE_IN = 6
"""A quick run takes one file in so many, and none that uses up its time."""

SIZES = (1_000_000, 5_000_000, 10_000_000, 20_000_000)
TIMES = 9


def examined(*, quick: bool = False) -> Iterator[Result]:
    """One line for the corpus, one for each size of a plain file.

    ``worst`` is the file that took longest, ``largest`` the one that took most memory; ``lost`` counts those that were
    ended at a limit. ``growth_ratio`` compares a size with the smallest.
    """
    names = [name for name, case in CORPUS.items() if not quick or not case.slow]
    with tempfile.TemporaryDirectory(prefix="vetting-bench-") as folder:
        plain = Path(folder, "plain")
        # The first one waits for the nursery, as the first upload of a quiet hour does.
        plain.write_bytes(plain_pdf(SIZES[0]))
        filetypes.examine(plain, "paper.pdf", frozenset(Format))
        rows = [runner.examined(CORPUS[name], Path(folder)) for name in names[:: ONE_IN if quick else 1]]
        yield _of_the_corpus(rows)
        yield from _by_size(plain)


def _of_the_corpus(rows: list[runner.Spent]) -> Result:
    milliseconds = [row["seconds"] * 1000 for row in rows]
    slowest = max(rows, key=lambda row: float(row["seconds"]))
    largest = max(rows, key=lambda row: int(row["megabytes"]))
    return Result(
        NAME,
        "none",
        len(rows),
        round(percentile(milliseconds, 0.5), 1),
        round(percentile(milliseconds, 0.95), 1),
        more={
            "worst_seconds": slowest["seconds"],
            "worst": slowest["name"],
            "most_mb": largest["megabytes"],
            "largest": largest["name"],
            "lost": sum(row["word"] == "hard" for row in rows),
        },
    )


def _by_size(path: Path) -> Iterator[Result]:
    smallest = 0.0
    for size in SIZES:
        path.write_bytes(plain_pdf(size))
        times = []
        for _time in range(TIMES):
            begun = time.perf_counter()
            filetypes.examine(path, "paper.pdf", frozenset(Format))
            times.append((time.perf_counter() - begun) * 1000)
        middle = statistics.median(times)
        smallest = smallest or middle
        yield Result(
            NAME,
            "none",
            1,
            round(middle, 1),
            round(percentile(times, 0.95), 1),
            bytes=size,
            growth_ratio=round(middle / smallest, 2),
        )


def plain_pdf(size: int) -> bytes:
    """A PDF of one page and about so many bytes, unlike any other."""
    out = io.BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.Root.Filler = document.make_stream(os.urandom(size - 2_000))
    document.save(out)
    return out.getvalue()
