"""Loads the demonstration stage by stage. Each stage is one transaction, so a load that was killed is resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

import config
from vetting import clock
from vetting.jobs import agreements as sealing
from vetting.jobs import calendar_day, estimates
from vetting.jobs.demo import (
    aftermath,
    cast,
    contracts,
    desk,
    endings,
    journal,
    knowledge,
    leaders,
    money,
    more_time,
    next_form,
    registrations,
    relations,
    renewals,
    rounds,
    signed_papers,
    talk,
    vault,
    words,
    year_end,
)
from vetting.jobs.demo.plans import AgreementPlan, agreements, organizations
from vetting.jobs.demo.scene import House, Scene
from vetting.models import AgreementState, Organization, User
from vetting.storage import Store
from vetting.unit_of_work import LostRace, unit_of_work

Sessions = sessionmaker[Session]
Progress = Callable[[int], None]
Play = Callable[[Scene], None]

SEALERS = 2


class DemoRefused(Exception):
    """The demonstration is not loaded here; the message says why in plain words."""


def _before_sealing() -> Iterator[tuple[str, Play]]:
    yield "district", _open_district
    for plan in organizations():
        yield f"registration {plan.key}", partial(registrations.register, plan=plan)
    yield "fund", money.open_fund
    yield "past round", rounds.open_past
    past = [plan for plan in organizations() if plan.past]
    for plan in past:
        yield f"past application {plan.key}", partial(rounds.apply_past, plan=plan)
    yield "past round closed", rounds.close_past
    for plan in past:
        if plan.past != "withdrawn":
            yield f"past decision {plan.key}", partial(rounds.judge_past, plan=plan)
    yield "past round decided", rounds.decide_past
    for deal in agreements():
        if not deal.changes:
            yield f"agreement {deal.key}", partial(contracts.make, plan=deal)
    yield "waiver", partial(endings.waive, risk_officer=cast.RISK_OFFICER)


def _after_sealing() -> Iterator[tuple[str, Play]]:
    yield "endings", aftermath.end_agreements
    for deal in agreements():
        if deal.changes:
            yield f"change {deal.key}", partial(contracts.change, plan=deal)
    yield "departure", aftermath.leave
    yield "last year", money.close_last_year
    yield "open round", rounds.open_current
    for plan in organizations():
        if plan.open:
            yield f"application {plan.key}", partial(rounds.apply_now, plan=plan)
    yield "assessments", aftermath.assess
    yield "interest", aftermath.declare_interest
    yield "suspension", aftermath.suspend
    yield "how long files are kept", aftermath.propose_how_long
    yield "invitations", aftermath.invite
    yield "expertise", knowledge.keep
    yield "switches", desk.switch_on
    yield "work at the desk", desk.work
    yield "run over many cases", desk.run_over_many
    yield "views", desk.keep_views
    yield "yearly words", words.give
    yield "talk", talk.talk
    yield "more time", more_time.more_time
    yield "next form", next_form.draft
    yield "renewal begun", renewals.begin
    yield "renewal certified", renewals.certify
    yield "second try", renewals.try_again
    yield "fiscal sponsor", relations.sponsor
    yield "sign-off", relations.sign_off
    yield "handed over", relations.hand_over
    yield "entered for somebody", relations.enter_for_somebody
    yield "vault", vault.fill
    yield "acting for a leader", leaders.stand_in
    yield "signed on paper", signed_papers.keep_paper
    yield "signature on hold", year_end.hold
    yield "renewed early", year_end.renew_some
    yield "renewals planned", year_end.plan_the_rest


def _open_district(scene: Scene) -> None:
    money.bring_schools(scene)
    cast.enter(scene)


BEFORE = tuple(_before_sealing())
AFTER = tuple(_after_sealing())
TO_BE_SEALED = tuple(plan for plan in agreements() if plan.state in contracts.TO_BE_SEALED)
SEALED: tuple[AgreementPlan, ...] = tuple(plan for plan in TO_BE_SEALED if not plan.changes)
SEALED_LATER = tuple(plan for plan in TO_BE_SEALED if plan.changes)
"""What replaces an agreement is written when that one is in force, so it is sealed after the others."""
SIZE = len(BEFORE) + len(SEALED) + len(AFTER) + 1
"""How many steps of progress a whole load reports."""


def load(
    session: Session,
    store: Store,
    settings: config.Settings,
    *,
    password: str,
    progress: Progress = lambda done: None,
    again: bool = False,
    now: datetime | None = None,
) -> bool:
    """Load the demonstration, or what an interrupted load left to do. False when all of it is there already.

    ``password`` is the stored form of the password that all accounts share. ``now`` is the instant that the story's
    days are counted from; the same instant gives the same district. Raises ``DemoRefused`` in production, and in a
    database that holds other people's work unless ``again`` says that this is meant.
    """
    if settings.production:
        raise DemoRefused("The demonstration district is never loaded into a production system.")
    sessions = sessionmaker(session.get_bind(), expire_on_commit=False)
    with sessions() as reader:
        earlier = journal.read(reader)
        if earlier is None and not again and _holds_work(reader):
            raise DemoRefused(
                "This database already holds a district that is not the demonstration. Use an empty one, or --again."
            )
    if earlier is not None and earlier.complete:
        return False
    house = House(store, settings, earlier.anchor if earlier else (now or clock.now()), password)
    done = earlier.done if earlier else frozenset()
    _play(sessions, house, BEFORE, done, progress)
    _seal(sessions, house, progress)
    _follow_calendar(sessions, house)
    _play(sessions, house, AFTER, done, progress, len(BEFORE) + len(SEALED))
    for plan in SEALED_LATER:
        _seal_one(sessions, house, plan)
    calendar_day.settle(sessions, house.anchor)
    estimates.learn(sessions, clock.local_date(house.anchor))
    with sessions() as own, unit_of_work(own):
        aftermath.keep_old_mail(own, house)
        journal.note(own, "complete", house.anchor, complete=True)
    progress(SIZE)
    return True


def _holds_work(session: Session) -> bool:
    there = sa.or_(sa.exists(sa.select(Organization.id)), sa.exists(sa.select(User.id)))
    return bool(session.scalar(sa.select(there)))


def _play(
    sessions: Sessions,
    house: House,
    stages: tuple[tuple[str, Play], ...],
    done: frozenset[str],
    progress: Progress,
    before: int = 0,
) -> None:
    for number, (name, play) in enumerate(stages, start=before + 1):
        if name not in done:
            with sessions() as session, unit_of_work(session):
                play(Scene(session, house))
                journal.note(session, name, house.anchor)
        progress(number)


def _seal(sessions: Sessions, house: House, progress: Progress) -> None:
    """What the worker would have done on the day: one sealed document for each fully signed agreement."""
    with ThreadPoolExecutor(SEALERS) as pool:
        for number, _ in enumerate(pool.map(partial(_seal_one, sessions, house), SEALED), start=1):
            progress(len(BEFORE) + number)


def _seal_one(sessions: Sessions, house: House, plan: AgreementPlan) -> None:
    with sessions() as session:
        agreement = contracts.find(Scene(session, house), plan)
        if agreement.state is not AgreementState.EXECUTING:
            return
        number = agreement.id
    try:
        sealing.execute(sessions, house.store, house.settings, number, at=house.moment(plan.age, 19))
    except LostRace:
        # A worker beside us was faster; its document stands.
        return


def _follow_calendar(sessions: Sessions, house: House) -> None:
    """Designations and agreements begin and end on their days, as the worker would have done each morning."""
    ended = {plan.ends for plan in SEALED if plan.ends < 0}
    lapsed = {365 - plan.age for plan in organizations() if plan.registration == "approved" and plan.age > 365}
    begun = {plan.starts for plan in SEALED}
    looked = {-days_ago for days_ago in endings.ROUNDS}
    for offset in sorted({day + 1 for day in ended | lapsed} | begun | looked):
        if offset <= 0:
            calendar_day.settle(sessions, house.moment(-offset, 6) + timedelta(minutes=5))
