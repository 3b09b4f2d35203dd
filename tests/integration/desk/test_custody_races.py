"""Reviewers and leads press at the same moment: one wins, the other reads who was first and loses no text."""

from __future__ import annotations

import html
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from tests.support.soak import SEED, amount
from vetting import clock
from vetting.forms.custody import quick_day
from vetting.models import Application, HistoryEntry, OutboxMessage, Role, User
from vetting.policy import SYSTEM
from vetting.workflows.commands import HoldCase
from vetting.workflows.verify import check

PAIRS = amount(15, 250)
"""For each kind of race."""

WORDS = "Long words of {name}, typed with care."


@dataclass
class Racer:
    """A person with a browser; ``other`` is the reference of a colleague they would give the case to."""

    name: str
    browser: CheckingClient
    token: str
    other: str

    def post(self, path: str, version: int, **data: str) -> Any:
        form = {"version": str(version), "csrf_token": self.token, **data}
        return self.browser.post(path, data=form, csrf=False)


@dataclass(frozen=True)
class Page:
    """What both have before them: nothing of the database crosses into their threads."""

    reference: str
    version: int


Act = Callable[[Racer, Page], Any]


def plain(step: str) -> Act:
    return lambda racer, case: racer.post(f"/steps/application/{case.reference}/{step}", case.version)


def hand_over(racer: Racer, case: Page) -> Any:
    words = WORDS.format(name=racer.name)
    path = f"/desk/cases/{case.reference}/hand-over"
    return racer.post(path, case.version, person=racer.other, reason=words)


def hold(racer: Racer, case: Page) -> Any:
    words = WORDS.format(name=racer.name)
    return racer.post(f"/desk/cases/{case.reference}/hold", case.version, until="7", reason=words)


RACES: dict[str, tuple[Act, Act, set[str]]] = {
    "claim and claim": (plain("claim"), plain("claim"), {"claim"}),
    "claim and hand over": (plain("claim"), hand_over, {"claim", "hand_over"}),
    "hold and take off hold": (hold, plain("wake"), {"wake"}),
    "put back and screen": (plain("put_back"), plain("screen"), {"put_back", "screen"}),
}


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    gate = threading.Barrier(len(acts))
    ends: list[Any] = [None] * len(acts)

    def run(number: int) -> None:
        gate.wait(timeout=30)
        try:
            ends[number] = acts[number]()
        except BaseException as error:  # noqa: BLE001 - handed to the test, which knows nothing of this thread
            ends[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return ends


def prepare(make: Factory, race: str, case: Application, first: User, third: User) -> None:
    """The case as both see it before they press."""
    if race == "hold and take off hold":
        wakes = HoldCase(quick_day(clock.today(), 7))
        make.take("application", case, "hold", make.actor(third), data=wakes, reason="The board meets.")
    if race == "put back and screen":
        make.take("application", case, "claim", make.actor(first))


def clean_up(make: Factory, case: Application) -> None:
    """Nobody's again, and not on hold, for the next pair."""
    if case.held_since is not None:
        make.take("application", case, "wake", SYSTEM)
    if case.coordinator_id is not None:
        make.take("application", case, "put_back", SYSTEM)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("race", RACES)
def test_of_two_at_once_one_wins_and_the_other_reads_who(
    app: Flask, make: Factory, session: Session, browser_for: Callable[..., CheckingClient], race: str
) -> None:
    chance = random.Random(f"{SEED} {race}")
    third = make.director("Thea Third")
    people = make.person("Rhea Reviewer", Role.COORDINATOR, Role.REVIEWER), make.director("Lena Lead")
    racers = tuple(Racer(p.name, b, b.csrf_token(), third.reference) for p in people for b in [browser_for(p)])
    first_act, second_act, possible = RACES[race]
    case = make.submitted()
    for _pair in range(PAIRS):
        if race == "put back and screen" and case.state.value != "submitted":
            case = make.submitted()
        prepare(make, race, case, people[0], third)
        before = newest(session)
        mail = count(session)
        session.rollback()
        session.refresh(case)
        seen = Page(case.reference, case.version)
        session.rollback()
        acts = [lambda s=seen: first_act(racers[0], s), lambda s=seen: second_act(racers[1], s)]
        order = chance.sample([0, 1], 2)
        found = at_once(*(acts[number] for number in order))
        answers = dict(zip(order, found, strict=True))
        session.rollback()
        session.refresh(case)
        entry = only_entry_after(session, before)
        assert entry.step in possible
        winner = next(n for n in (0, 1) if people[n].id == entry.actor_id)
        page = html.unescape(answers[1 - winner].get_data(as_text=True))
        assert answers[winner].status_code == 303, page
        assert answers[1 - winner].status_code in {409, 422}, page
        assert says_who(page, people[winner], third), page
        assert count(session) - mail == (1 if entry.step == "hand_over" else 0)
        loser_typed = (first_act, second_act)[1 - winner] in (hand_over, hold)
        assert not loser_typed or WORDS.format(name=people[1 - winner].name) in page
        clean_up(make, case)
    assert list(check(session)) == []


def says_who(page: str, winner: User, third: User) -> bool:
    """Who was first in the race; or who had put the case on hold before it, where that is what stands in the way."""
    return (
        f"{winner.name} was a moment earlier" in page
        or f"{winner.name} was first" in page
        or f"{winner.name} took this case" in page
        or f"{third.name} put this case on hold" in page
    )


def newest(session: Session) -> int:
    found = session.scalar(sa.select(sa.func.max(HistoryEntry.id)))
    return found or 0


def count(session: Session) -> int:
    topic = OutboxMessage.topic == "case.handed_over"
    return session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage).where(topic)) or 0


def only_entry_after(session: Session, before: int) -> HistoryEntry:
    """The one thing that happened: nothing twice, and nothing beside it."""
    return session.scalars(sa.select(HistoryEntry).where(HistoryEntry.id > before)).one()
