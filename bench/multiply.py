"""Many districts' worth of rows from one of each kind: copies with their own ids, names, days and history hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.exemplars import CLOSED, OPEN, Exemplar
from bench.words import Words
from tests.factories import PDF
from vetting.models import GENESIS, OPEN_STATES, Application, Base, HistoryEntry, Stay
from vetting.models.base import UtcDateTime
from vetting.models.subjects import SUBJECTS
from vetting.refs import folded
from vetting.storage.base import key_of

OPEN_IN_A_HUNDRED = 5
CLOSED_DAYS, OPEN_DAYS = 300, 20
SHORTEST_DAYS, LONGEST_DAYS = 5, 65
"""How long a whole case takes, from its first step to the last one it has come to."""
BATCH_ROWS = 40_000

Ids = Mapping[str, Mapping[int, int]]
"""For each table the new id of every copied one."""
NOTHING_SHARED: Ids = {}

Head = tuple[str, int, int, str]

_TABLES: dict[str, str] = {name: model.__tablename__ for name, model in SUBJECTS.items()}
# Columns that name a row without a foreign key.
_LOOSE = {
    ("history_entry", "application_id"): "application",
    ("history_entry", "organization_id"): "organization",
    ("history_entry", "agreement_id"): "agreement",
    ("history_entry", "school_id"): "school",
    ("history_entry", "actor_id"): "account",
    ("answer", "program"): "program",
}


@dataclass
class Batch:
    """Rows ready to be inserted, and the heads of their history chains."""

    rows: dict[str, list[list[Any]]]
    heads: list[Head]
    applications: int = 0
    stays: list[Stay] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    """What the store has to hold, by key."""


@dataclass
class _Plan:
    """One table's rows of an exemplar, and which columns a copy changes."""

    table: sa.Table
    columns: dict[str, int]
    rows: list[list[Any]]
    ids: list[tuple[int, str]]
    moments: list[int]


@dataclass(frozen=True)
class _Days:
    """Where in time a copy stands: how long ago its last step was taken, and how long the whole way took."""

    ended: datetime
    back: timedelta
    lasting: timedelta
    before: Mapping[datetime, float]

    def moved(self, moment: date) -> date:
        """Steps that the exemplar took one after the other are as far apart as people would have been."""
        early = self.before.get(moment) if isinstance(moment, datetime) else None
        return moment - self.back if early is None else self.ended - early * self.lasting - self.back


class Multiplier:
    """Copies exemplars until there are as many applications as asked for. Copies are the same in every run."""

    def __init__(self, session: Session, exemplars: Mapping[str, Exemplar], seed: int) -> None:
        self.words = Words(seed)
        self.exemplars = exemplars
        self.plans = {name: _plans(session, exemplar) for name, exemplar in exemplars.items()}
        self.before = {name: _before(exemplar, self.plans[name]) for name, exemplar in exemplars.items()}
        self.next: dict[str, int] = {}
        states = session.scalars(sa.select(Application.state)).all()
        self.applications = len(states)
        self.open = sum(1 for state in states if state in OPEN_STATES)
        self._references: set[str] = set()
        self._turn = {"open": 0, "closed": 0}

    def up_to(self, applications: int, last: Mapping[str, int]) -> Iterator[Batch]:
        """Batches of copies until there are this many applications. ``last`` is the highest id in use, by table."""
        self.next = {name: number + 1 for name, number in last.items()}
        batch = Batch({}, [])
        size = 0
        while self.applications < applications:
            exemplar = self._choose()
            before = self.applications
            size += self._copy(exemplar, batch)
            self.applications += exemplar.applications
            self.open += exemplar.open_applications
            batch.applications += self.applications - before
            if size >= BATCH_ROWS:
                yield batch
                batch, size = Batch({}, []), 0
        if size:
            yield batch

    def copies(self, name: str, shared: Iterable[Ids], last: Mapping[str, int]) -> Iterator[Batch]:
        """Copies of one exemplar, each of which belongs to what ``shared`` names in the place of its own."""
        self.next = {table: number + 1 for table, number in last.items()}
        batch = Batch({}, [])
        size = 0
        for own in shared:
            size += self._copy(self.exemplars[name], batch, own)
            if size >= BATCH_ROWS:
                yield batch
                batch, size = Batch({}, []), 0
        if size:
            yield batch

    def _choose(self) -> Exemplar:
        wanted = self.open * 100 < self.applications * OPEN_IN_A_HUNDRED
        kind, names = ("open", OPEN) if wanted else ("closed", CLOSED)
        name = names[self._turn[kind] % len(names)]
        self._turn[kind] += 1
        return self.exemplars[name]

    def _copy(self, exemplar: Exemplar, batch: Batch, shared: Ids = NOTHING_SHARED) -> int:
        ids: dict[str, dict[int, int]] = {table: dict(own) for table, own in shared.items()}
        for plan in self.plans[exemplar.name]:
            if "id" in plan.columns:
                own = ids.setdefault(plan.table.name, {})
                place = plan.columns["id"]
                for row in plan.rows:
                    own[row[place]] = self.next[plan.table.name]
                    self.next[plan.table.name] += 1
        back = timedelta(days=self.words.days(OPEN_DAYS if exemplar.open_applications else CLOSED_DAYS))
        lasting = timedelta(days=SHORTEST_DAYS + self.words.days(LONGEST_DAYS - SHORTEST_DAYS))
        days = _Days(exemplar.ended, back, lasting, self.before[exemplar.name])
        names = _Names(self.words.organization(), self.words.program(), self.words, batch.files)
        number = 0
        for plan in self.plans[exemplar.name]:
            copies = [_copied(plan, row, ids, days) for row in plan.rows]
            change = _CHANGES.get(plan.table.name)
            for row in copies:
                if "reference" in plan.columns:
                    place = plan.columns["reference"]
                    row[place] = self._reference(row[place].partition("-")[0])
                if change is not None:
                    change(plan, row, ids, names)
            copies = _kept(plan, copies, batch)
            batch.rows.setdefault(plan.table.name, []).extend(copies)
            number += len(copies)
        return number

    def _reference(self, prefix: str) -> str:
        while (reference := self.words.reference(prefix)) in self._references:
            pass
        self._references.add(reference)
        return reference


def _plans(session: Session, exemplar: Exemplar) -> list[_Plan]:
    found = []
    for table in Base.metadata.sorted_tables:
        if "id" in table.columns:
            low, high = exemplar.after[table.name], exemplar.until[table.name]
            condition = sa.and_(table.c.id > low, table.c.id <= high)
        elif owner := next((name for name in ("program", "application") if f"{name}_id" in table.columns), None):
            column = table.columns[f"{owner}_id"]
            condition = sa.and_(column > exemplar.after[owner], column <= exemplar.until[owner])
        else:
            continue
        rows = [list(row) for row in session.execute(sa.select(table).where(condition).order_by(*table.primary_key))]
        if rows:
            found.append(_plan(table, rows))
    return found


def _before(exemplar: Exemplar, plans: list[_Plan]) -> dict[datetime, float]:
    """For each instant at which something happened to an exemplar, which part of the whole way was still to come."""
    instants = sorted(
        {
            row[place]
            for plan in plans
            for row in plan.rows
            for place in plan.moments
            if isinstance(row[place], datetime) and exemplar.began <= row[place] <= exemplar.ended
        },
        reverse=True,
    )
    return {instant: place / len(instants) for place, instant in enumerate(instants)}


def _plan(table: sa.Table, rows: list[list[Any]]) -> _Plan:
    columns = {column.name: place for place, column in enumerate(table.columns)}
    ids = [(columns["id"], table.name)] if "id" in columns else []
    for column in table.columns:
        target = next((key.column.table.name for key in column.foreign_keys), _LOOSE.get((table.name, column.name)))
        if target:
            ids.append((columns[column.name], target))
    moments = [columns[c.name] for c in table.columns if isinstance(c.type, UtcDateTime | sa.Date)]
    return _Plan(table, columns, rows, ids, moments)


def _copied(plan: _Plan, row: list[Any], ids: Ids, days: _Days) -> list[Any]:
    copy = list(row)
    for place, table in plan.ids:
        if copy[place] is not None:
            copy[place] = ids.get(table, {}).get(copy[place], copy[place])
    for place in plan.moments:
        if copy[place] is not None:
            copy[place] = days.moved(copy[place])
    return copy


# What a copy changes beyond ids and days


@dataclass(frozen=True)
class _Names:
    organization: str
    program: str
    words: Words
    files: list[tuple[str, bytes]]
    facets: list[tuple[int, str, str]] = field(default_factory=list)
    references: dict[int, str] = field(default_factory=dict)


def _application(plan: _Plan, row: list[Any], ids: Ids, names: _Names) -> None:
    names.references[row[plan.columns["id"]]] = row[plan.columns["reference"]]


def _account(plan: _Plan, row: list[Any], ids: Ids, names: _Names) -> None:
    row[plan.columns["email"]] = f"person.{row[plan.columns['id']]}@people.example"
    row[plan.columns["fs_uniquifier"]] = names.words.hexadecimal(32)
    row[plan.columns["fs_webauthn_user_handle"]] = names.words.hexadecimal(32)


def _organization(plan: _Plan, row: list[Any], ids: Ids, names: _Names) -> None:
    row[plan.columns["legal_name"]] = names.organization
    row[plan.columns["name_folded"]] = folded(names.organization)


def _program(plan: _Plan, row: list[Any], ids: Ids, names: _Names) -> None:
    row[plan.columns["name"]] = names.program
    row[plan.columns["summary"]] = f"{names.program} by {names.organization}."
    if row[plan.columns["category_key"]]:
        row[plan.columns["category_key"]] = names.words.facet("category")


def _program_search(plan: _Plan, row: list[Any], ids: Ids, names: _Names) -> None:
    row[plan.columns["name"]] = folded(names.program)
    row[plan.columns["words"]] = folded(f"{names.program} {names.organization}")
    own = {f"{facet}={value}" for program, facet, value in names.facets if program == row[plan.columns["program_id"]]}
    row[plan.columns["facets"]] = " ".join(sorted(own))


def _application_search(plan: _Plan, row: list[Any], ids: Ids, names: _Names) -> None:
    lines = (names.references[row[plan.columns["application_id"]]], names.organization, names.program)
    row[plan.columns["words"]] = "\n".join(folded(line) for line in lines)


def _agreement(plan: _Plan, row: list[Any], ids: Ids, names: _Names) -> None:
    row[plan.columns["verify_code"]] = names.words.hexadecimal(32)


def _executed_document(plan: _Plan, row: list[Any], ids: Ids, names: _Names) -> None:
    """A file of its own for each, as small as the one that stands for the sealed document of the original."""
    body = PDF + f"% {row[plan.columns['id']]}\n".encode()
    sha256 = hashlib.sha256(body).hexdigest()
    key = key_of(row[plan.columns["storage_key"]].partition("/")[0], sha256)
    row[plan.columns["sha256"]], row[plan.columns["storage_key"]] = sha256, key
    row[plan.columns["size"]] = len(body)
    names.files.append((key, body))


def _program_facet(plan: _Plan, row: list[Any], ids: Ids, names: _Names) -> None:
    facet = row[plan.columns["facet"]]
    row[plan.columns["value"]] = value = names.words.facet(facet)
    names.facets.append((row[plan.columns["program_id"]], facet, value))


def _history_entry(plan: _Plan, row: list[Any], ids: Ids, names: _Names) -> None:
    columns = plan.columns
    subject = _TABLES[row[columns["subject_type"]]]
    row[columns["subject_id"]] = ids[subject][row[columns["subject_id"]]]
    data = dict(row[columns["data"]])
    if "because_of" in data:
        kind, number, sequence = data["because_of"]
        data["because_of"] = [kind, ids[_TABLES[kind]][number], sequence]
    if "decision" in data:
        data["decision"] = ids["decision"][data["decision"]]
    row[columns["data"]] = data


def _outbox_message(plan: _Plan, row: list[Any], ids: Ids, names: _Names) -> None:
    """A message of the past: delivered at once."""
    columns = plan.columns
    topic, payload = row[columns["topic"]], dict(row[columns["payload"]])
    if "subject_type" not in payload:
        # The worker's work on one file, and done: its key only has to be like no other.
        row[columns["key"]] = f"{topic}:{row[columns['id']]}"
        row[columns["delivered_at"]] = row[columns["available_at"]]
        return
    kind = payload["subject_type"]
    payload["subject_id"] = ids[_TABLES[kind]][payload["subject_id"]]
    who, _, number = row[columns["recipient"]].partition(":")
    if number:
        row[columns["recipient"]] = f"{who}:{ids.get('account', {}).get(int(number), int(number))}"
    row[columns["payload"]] = payload
    # A step's message is told apart by its place in the history, one about a date by that date.
    place = payload.get("sequence", payload.get("due", ""))
    row[columns["key"]] = f"{topic}:{kind}:{payload['subject_id']}:{place}:{row[columns['recipient']]}"
    row[columns["delivered_at"]] = row[columns["available_at"]]


_CHANGES: dict[str, Callable[[_Plan, list[Any], Ids, _Names], None]] = {
    "account": _account,
    "organization": _organization,
    "program": _program,
    "program_search": _program_search,
    "application": _application,
    "application_search": _application_search,
    "program_facet": _program_facet,
    "history_entry": _history_entry,
    "outbox_message": _outbox_message,
    "agreement": _agreement,
    "executed_document": _executed_document,
}


def _kept(plan: _Plan, copies: list[list[Any]], batch: Batch) -> list[list[Any]]:
    """The copies that go into the batch, after noting what is made of them later."""
    match plan.table.name:
        case "history_entry":
            batch.heads += _chained(plan, copies)
        case "stay":
            batch.stays += (_stay(plan, row) for row in copies)
        case "program_facet":
            # Two facets that became the same one.
            return list({tuple(row): row for row in copies}.values())
    return copies


def _chained(plan: _Plan, rows: list[list[Any]]) -> list[Head]:
    """Seal the copied history anew, chain by chain."""
    heads: list[Head] = []
    last: dict[tuple[str, int], str] = {}
    names = list(plan.columns)
    previous_hash, own_hash = plan.columns["previous_hash"], plan.columns["hash"]
    order = (plan.columns["subject_type"], plan.columns["subject_id"], plan.columns["sequence"])
    for row in sorted(rows, key=lambda row: [row[place] for place in order]):
        kind, subject, sequence = (row[place] for place in order)
        row[previous_hash] = last.get((kind, subject), GENESIS)
        entry = _Entry(**dict(zip(names, row, strict=True)))
        row[own_hash] = last[(kind, subject)] = HistoryEntry.computed_hash(cast(HistoryEntry, entry))
        heads.append((kind, subject, sequence, row[own_hash]))
    return heads


def _stay(plan: _Plan, row: list[Any]) -> Stay:
    """A stay outside the database, which is counted as one inside it."""
    return cast(Stay, SimpleNamespace(**dict(zip(plan.columns, row, strict=True))))


class _Entry(SimpleNamespace):
    """A history row outside the database, which hashes as one inside it."""

    sealed_content = HistoryEntry.sealed_content
