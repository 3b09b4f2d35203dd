"""Hold the store against the rows: every row has its object, every object its row, every hash its bytes.

An object without a row is no loss: it waits in a form that is being filled in, or its server died before the row was
written. After a stated time nobody comes for it any more, and then it may be reaped. The time counts from the last
``put`` of these bytes, and a row is only ever written within a day of one, so what is reaped cannot be promised anew.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from vetting.queries import promises
from vetting.queries.promises import Promise
from vetting.storage import CHUNK, Held, Missing, Store, StoreFull, is_key, is_leftover

SHOWN = 50
"""Findings that are printed one by one."""


class Trouble(enum.Enum):
    """What can be wrong, worst first. The first four mean that something a person gave us is lost or changed."""

    MISSING = "has no file in the store"
    CHANGED = "does not have the bytes that were given"
    SIZE = "has a file of another size in the store"
    ASTRAY = "names a file that cannot be its own"
    ORPHAN = "is in the store and no row names it"
    HALF = "was left half written"
    FOREIGN = "is in the store and was not put there by this program"

    @property
    def loss(self) -> bool:
        """Whether a row does not have what it promises."""
        return self in {Trouble.MISSING, Trouble.CHANGED, Trouble.SIZE, Trouble.ASTRAY}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: ``what`` it is about, in words."""

    trouble: Trouble
    what: str

    def __str__(self) -> str:
        return f"{self.what} {self.trouble.value}."


@dataclass
class Report:
    """What was held against each other. ``waiting`` are objects without a row that are young; sizes in bytes."""

    rows: int = 0
    objects: int = 0
    size: int = 0
    waiting: int = 0
    reaped: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def losses(self) -> list[Finding]:
        """What must be repaired from a backup."""
        return [finding for finding in self.findings if finding.trouble.loss]

    @property
    def status(self) -> int:
        """0 when they agree, 1 when a row lacks its bytes, 3 when there are only files that no row names."""
        return 1 if self.losses else 3 if self.findings else 0

    @property
    def summary(self) -> str:
        """The report in one line."""
        lost, left = len(self.losses), len(self.findings) - len(self.losses)
        said = f"{self.rows} rows, {self.objects} files, {self.size} bytes: "
        said += f"{lost} rows without their bytes, {left} files without a row." if self.findings else "they agree."
        if self.waiting:
            said += f" {self.waiting} files wait for their row."
        if self.reaped:
            said += f" {self.reaped} files that nobody came for are removed."
        return said


def reconcile(
    sessions: sessionmaker[Session],
    store: Store,
    before: datetime,
    *,
    hashes: bool = False,
    reap: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Compare everything. What was last written ``before`` then and has no row is a finding, or goes with ``reap``.

    ``hashes`` reads every byte of what is promised. ``progress`` is told how many rows are done. No transaction is
    open while the store is asked. Raises ``StoreUnreachable``.
    """
    # A bucket that is gone must not look like an empty one.
    _reachable(store)
    held = {each.name: each for each in store.everything()}
    report = Report(objects=len(held), size=sum(each.size for each in held.values()))
    named: set[str] = set()
    # Rows are read after the objects were listed, so an object that came with its row meanwhile is asked for itself.
    for promise in _read(sessions):
        named.add(promise.key)
        trouble = _kept(store, promise, held, hashes=hashes)
        if trouble is not None:
            report.findings.append(Finding(trouble, f"{promise.what.capitalize()} {promise.row} ({promise.key})"))
        report.rows += 1
        progress(report.rows)
    for each in held.values():
        if each.name not in named:
            _without_row(store, each, before, report, reap=reap)
    report.findings.sort(key=lambda finding: list(Trouble).index(finding.trouble))
    return report


def _reachable(store: Store) -> None:
    # A store without room can still be looked through.
    with suppress(StoreFull):
        store.check()


def _read(sessions: sessionmaker[Session]) -> Iterator[Promise]:
    """All promises; they are few words each, and holding them lets the transaction end."""
    with sessions() as session:
        session.connection(execution_options={"writing": False})
        found = list(promises.promises(session))
    yield from found


def _kept(store: Store, promise: Promise, held: dict[str, Held], *, hashes: bool) -> Trouble | None:
    if promise.key != f"{promise.area}/{promise.sha256[:2]}/{promise.sha256}":
        return Trouble.ASTRAY
    try:
        there = held[promise.key].size if promise.key in held else store.size(promise.key)
        if there != promise.size:
            return Trouble.SIZE
        if hashes and _hash(store, promise.key) != promise.sha256:
            return Trouble.CHANGED
    except Missing:
        return Trouble.MISSING
    return None


def _hash(store: Store, key: str) -> str:
    digest = hashlib.sha256()
    with store.open(key) as stream:
        while piece := stream.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _without_row(store: Store, each: Held, before: datetime, report: Report, *, reap: bool) -> None:
    if each.written_at >= before:
        report.waiting += 1
    elif reap and _ours(each.name) and store.reap(each.name, before):
        report.reaped += 1
    else:
        report.findings.append(Finding(_sort(each.name), f"{each.name} ({each.size} bytes)"))


def _ours(name: str) -> bool:
    """Whether this program wrote it, and so may remove it."""
    return _sort(name) is not Trouble.FOREIGN


def _sort(name: str) -> Trouble:
    if is_key(name):
        return Trouble.ORPHAN if name.split("/", 1)[0] in promises.AREAS else Trouble.FOREIGN
    return Trouble.HALF if is_leftover(name) else Trouble.FOREIGN
