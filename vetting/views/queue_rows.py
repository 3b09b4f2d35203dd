"""The columns of the queue: what each says about a case, on the page and in an export, from one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from vetting import clock
from vetting.models import OPEN_STATES, ApplicationState, Role
from vetting.policy import Actor
from vetting.queries.queue import QueueRow
from vetting.queries.queue_filters import Filters, Sort
from vetting.text import N_
from vetting.views.chrome import localdate
from vetting.views.desk_words import STATE_TONES, category_words, days_since, due_words, kind_words, state_words

# Stands for a reference in an address that is built once for all lines.
PLACE = "VET-0000-0000"

Value = str | date
"""What a cell of an export holds."""


class Cell(NamedTuple):
    """One cell: its heading, what it says first and then more quietly, and how. ``claim`` offers the case to take."""

    label: str
    text: str
    sub: str = ""
    tone: str = ""
    late: bool = False
    claim: bool = False


class Line(NamedTuple):
    """One line of the table, in words."""

    reference: str
    version: int
    href: str
    organization: str
    about: str
    cells: Sequence[Cell]


class Said:
    """One case in words. Words that many lines share are looked up once for a list."""

    def __init__(self, person: Actor, today: date) -> None:
        self.person = person
        self.today = today
        self.takes_cases = bool(person.roles & {Role.COORDINATOR, Role.DIRECTOR})
        self._kept: dict[Any, Any] = {}

    def _once(self, key: Any, say: Callable[[], Any]) -> Any:
        if key not in self._kept:
            self._kept[key] = say()
        return self._kept[key]

    def organization(self, row: QueueRow) -> str:
        """Who applies; a blind reviewer reads the reference instead."""
        return row.organization or str(_("Application %(reference)s", reference=row.reference))

    def program(self, row: QueueRow) -> str:
        return row.program or ""

    def kind(self, row: QueueRow) -> str:
        return str(self._once(row.kind, lambda: kind_words(row.kind)))

    def state(self, row: QueueRow) -> str:
        return str(self._once(row.state, lambda: state_words("application", row.state)))

    def due(self, row: QueueRow) -> tuple[str, bool]:
        """The due date, and whether it has passed; the clock of a case on hold stands still."""
        words, late = self._once(row.due_on, lambda: due_words(row.due_on, self.today))
        return words, late and row.state in OPEN_STATES and row.wakes_on is None

    @cached_property
    def you(self) -> str:
        return str(_("You"))

    def assignee(self, row: QueueRow) -> str:
        return self.you if row.coordinator_id == self.person.user_id else row.coordinator or ""

    def notes(self, row: QueueRow) -> list[str]:
        """What is going on in the case, the most pressing first."""
        found = []
        if row.wakes_on is not None:
            found.append(_("on hold until %(day)s", day=localdate(row.wakes_on, "short")))
        if row.message_received_at is not None:
            found.append(_("Message received"))
        if row.state is ApplicationState.SCREENING and row.reply_received_at is not None:
            found.append(_("Reply received"))
        if row.state is ApplicationState.IN_REVIEW:
            found.append(_("%(done)s of %(all)s reviews in", done=row.reviews_in, all=row.reviews))
        if row.state in OPEN_STATES and row.missing_documents:
            found.append(ngettext("%(num)s document missing", "%(num)s documents missing", row.missing_documents))
        if row.open_flags:
            found.append(ngettext("%(num)s flag", "%(num)s flags", row.open_flags))
        return found or [days_since(row.state_since, self.today)]


@dataclass(frozen=True)
class Column:
    """A column by choice: its heading, the order it can be sorted in, its cell, and its fields in an export."""

    key: str
    label: str
    cell: Callable[[Said, QueueRow], tuple[Any, ...]]
    fields: Mapping[str, Callable[[Said, QueueRow], Value]]
    sort: Sort | None = None


def _due_cell(said: Said, row: QueueRow) -> tuple[Any, ...]:
    words, late = said.due(row)
    return words, "", "", late


def _assignee_cell(said: Said, row: QueueRow) -> tuple[Any, ...]:
    claim = row.coordinator_id is None and said.takes_cases and row.state in OPEN_STATES
    return said.assignee(row), _("You stand in") if row.stands_in else "", "", False, claim


def _local(moment: Any) -> date:
    return clock.local_date(moment)


COLUMNS: tuple[Column, ...] = (
    Column(
        "stage",
        N_("Stage"),
        lambda said, row: (said.kind(row), category_words(row.category_key) if row.category_key else ""),
        {N_("Stage"): lambda said, row: said.kind(row)},
    ),
    Column(
        "state",
        N_("State"),
        lambda said, row: (said.state(row), " · ".join(said.notes(row)), STATE_TONES.get(row.state, "neutral")),
        {
            N_("State"): lambda said, row: said.state(row),
            N_("Notes"): lambda said, row: "; ".join(said.notes(row)),
        },
    ),
    Column("due", N_("Due"), _due_cell, {N_("Due"): lambda said, row: row.due_on or ""}, Sort.DUE),
    Column("assignee", N_("Assignee"), _assignee_cell, {N_("Assignee"): lambda said, row: row.coordinator or ""}),
    Column(
        "round",
        N_("Round"),
        lambda said, row: (row.round or "",),
        {N_("Round"): lambda said, row: row.round or ""},
    ),
    Column(
        "category",
        N_("Category"),
        lambda said, row: (category_words(row.category_key) if row.category_key else "",),
        {N_("Category"): lambda said, row: category_words(row.category_key) if row.category_key else ""},
    ),
    Column(
        "received",
        N_("Received"),
        lambda said, row: (localdate(row.received_at, "short"),),
        {N_("Received"): lambda said, row: _local(row.received_at)},
        Sort.RECEIVED,
    ),
    Column(
        "since",
        N_("In this state since"),
        lambda said, row: (localdate(row.state_since, "short"), days_since(row.state_since, said.today)),
        {N_("In this state since"): lambda said, row: _local(row.state_since)},
        Sort.SINCE,
    ),
    Column(
        "activity",
        N_("Last activity"),
        lambda said, row: (localdate(row.updated_at, "short"),),
        {N_("Last activity"): lambda said, row: _local(row.updated_at)},
    ),
)
BY_KEY = {column.key: column for column in COLUMNS}
USUAL = ("stage", "state", "due", "assignee")
"""The columns of a person who has chosen none."""

PREFERENCE = "queue_columns"


def columns_of(preferences: Mapping[str, Any]) -> list[Column]:
    """The columns a person chose, in the order of the table; what is stored and no longer known is passed over."""
    kept = preferences.get(PREFERENCE)
    wanted = set(kept if isinstance(kept, list) else USUAL)
    return [column for column in COLUMNS if column.key in wanted]


def lines(rows: Iterable[QueueRow], columns: Sequence[Column], said: Said, filters: Filters) -> list[Line]:
    """The lines of a page."""
    href = url_for("cases.show", reference=PLACE, **filters.as_args())
    shown = [(str(_(column.label)), column.cell) for column in columns]
    return [
        Line(
            row.reference,
            row.version,
            href.replace(PLACE, row.reference, 1),
            said.organization(row),
            said.program(row) or row.reference,
            [Cell(label, *cell(said, row)) for label, cell in shown],
        )
        for row in rows
    ]


def export_head(columns: Sequence[Column]) -> list[str]:
    """The headings of an export: what names the case, then the fields of each column shown."""
    fixed = [_("Reference"), _("Organization"), _("Program")]
    return [*map(str, fixed), *(str(_(label)) for column in columns for label in column.fields)]


def export_rows(rows: Iterable[QueueRow], columns: Sequence[Column], said: Said) -> Iterable[list[Value]]:
    """The rows of an export, one at a time."""
    fields = [field for column in columns for field in column.fields.values()]
    for row in rows:
        yield [row.reference, said.organization(row), said.program(row), *(field(said, row) for field in fields)]
