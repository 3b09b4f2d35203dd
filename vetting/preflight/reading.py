"""What was read from a file: pages of rows of cells, and what can be measured of their pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

GAP = "  "
"""What stands between two cells where a row is read as one line."""


@dataclass(frozen=True)
class Cell:
    """Words that stand together; ``x`` and ``end`` in points, or the number of the column in a sheet."""

    x: float
    end: float
    text: str


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Page:
    """One page (or sheet). ``turn`` is how its words are turned, in degrees clockwise: 0, 90, 180 or 270.

    ``letters`` counts all of them, ``dpi`` is the coarsest picture that covers most of the page (None without one),
    ``ink`` the share of dark points (0 to 1), ``depth`` how much darker print is than paper (0 to 255), ``sharp`` how
    steep its edges are (about 0 to 1), ``across`` how much more the picture changes from left to right than downwards.
    """

    rows: tuple[Row, ...]
    letters: int = 0
    turn: int = 0
    dpi: int | None = None
    ink: float | None = None
    depth: float | None = None
    sharp: float | None = None
    across: float | None = None
    problem: str = ""

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The rows as lines of text."""
        return tuple(GAP.join(cell.text for cell in row) for row in self.rows)

    @cached_property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Reading:
    """A file as it was read. ``outcome`` is ``done`` or says why there is nothing; ``cut``: there is more."""

    outcome: str
    pages: tuple[Page, ...] = ()
    cut: bool = False
    drawn: bool = True
    """Whether it is made of pages with pictures, rather than of words alone."""

    @cached_property
    def text(self) -> str:
        return "\n".join(page.text for page in self.pages)

    @property
    def letters(self) -> int:
        return sum(page.letters for page in self.pages)

    def lines(self) -> Iterator[tuple[int, str]]:
        """Every line with the number of its page, from 1."""
        for number, page in enumerate(self.pages, 1):
            for line in page.lines:
                yield number, line


def reading_from(data: Mapping[str, Any]) -> Reading:
    """The reading that the child wrote as plain data."""
    return Reading(
        outcome=str(data["outcome"]),
        pages=tuple(_page(page) for page in data.get("pages", ())),
        cut=bool(data.get("cut", False)),
        drawn=bool(data.get("drawn", True)),
    )


def _page(data: Mapping[str, Any]) -> Page:
    measured = {name: data.get(name) for name in ("dpi", "ink", "depth", "sharp", "across")}
    return Page(
        rows=tuple(_row(row) for row in data.get("rows", ())),
        letters=int(data.get("letters", 0)),
        turn=int(data.get("turn", 0)),
        problem=str(data.get("problem", "")),
        **measured,
    )


def _row(cells: Sequence[Sequence[Any]]) -> Row:
    return tuple(Cell(float(x), float(end), str(text)) for x, end, text in cells)
