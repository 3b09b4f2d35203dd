"""The yearly renewal: what becomes of each agreement that ends in a year, planned, rehearsed and carried out alike.

The same tasks are asked about when a run is planned, rehearsed when its mail is previewed, and taken when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from vetting import clock, refs
from vetting.calendar_days import school_year_bounds
from vetting.jobs import itemwise
from vetting.models import (
    Agreement,
    AgreementOrigin,
    AgreementState,
    Partnership,
    PartnershipState,
    RenewalItem,
    RenewalRun,
    RenewalWay,
)
from vetting.policy import SYSTEM, Actor, Permission, allows, refusal
from vetting.queries import agreement_days, agreement_starts, people_at_work, renewal_runs, schools
from vetting.queries.agreement_types import type_of
from vetting.text import N_, Message, say
from vetting.workflows import engine
from vetting.workflows.agreement import AGREEMENT, PARTNERSHIP
from vetting.workflows.countersign_commands import Planned, PlanRenewals, Renewed
from vetting.workflows.definition import Context
from vetting.workflows.guards.agreement_terms import UNDER_WAY, documents_are_good
from vetting.workflows.guards.agreements import partner_in_good_standing, program_is_listed
from vetting.workflows.renewal_runs import RENEWAL_ITEM, RENEWAL_RUN

UNSEEN = N_("The person who started this cannot see the agreement.")


@dataclass(frozen=True)
class Way:
    """How one agreement goes on, and the sentence for the plan: what happens, or why nothing does."""

    way: RenewalWay
    words: Message


def plan(session: Session, actor: Actor, school_year: str) -> RenewalRun:
    """Keep what is to become of everything that ends in a school year. Flushed, not committed."""
    first, last = school_year_bounds(school_year)
    run = RenewalRun(
        reference=refs.new_reference("REN"),
        school_year=school_year,
        ends_from=first,
        ends_until=last,
        made_by_id=actor.user_id,
    )
    found = renewal_runs.ending(session, actor, first, last)
    items = tuple(_planned(session, actor, agreement) for agreement in found)
    engine.run(session, RENEWAL_RUN, run, "plan", actor, data=PlanRenewals(items))
    return run


def _planned(session: Session, actor: Actor, agreement: Agreement) -> Planned:
    found = way_of(session, actor, agreement, clock.today())
    more: dict[str, Any] = {}
    if found.way is RenewalWay.DRAFT:
        draft = agreement_starts.term_of_renewal(agreement, clock.today())
        more = {"starts_on": draft[0].isoformat(), "ends_on": draft[1].isoformat()}
    return Planned(agreement, found.way, {"words": found.words.as_data(), **more})


def way_of(session: Session, actor: Actor, agreement: Agreement, today: date) -> Way:
    """What becomes of an agreement now. The first question that is answered with no settles it."""
    context = Context(session=session, actor=actor, now=clock.now())
    for ask in (_ends_anyway, _has_successor, _told_already):
        why = ask(session, agreement)
        if why is not None:
            return Way(RenewalWay.NONE, why)
    against = partner_in_good_standing(agreement, context) or program_is_listed(agreement.partnership, context)
    if against is not None:
        return Way(RenewalWay.NONE, against)
    if _goes_on_by_itself(session, agreement):
        fault = documents_are_good(agreement, context)
        if fault is not None:
            return Way(RenewalWay.NONE, fault)
        ends = agreement.ends_on or today
        return Way(RenewalWay.NOTICE, say(N_("Both sides are told that it renews after %(day)s."), day=_day(ends)))
    if _next_partnership(session, agreement) is PartnershipState.PROPOSED:
        return Way(RenewalWay.NONE, say(LEADER_FIRST))
    return Way(RenewalWay.DRAFT, say(N_("A draft for the next year is begun from it.")))


LEADER_FIRST = N_("The school leader confirms the partnership of the next year first.")


def _next_partnership(session: Session, before: Agreement) -> PartnershipState | None:
    """How far the partnership of the year is in which the renewal would begin."""
    year = agreement_starts.school_year_after(before)
    there = schools.live_partnership(session, before.partnership.program_id, before.school_id, year)
    return there.state if there is not None else None


def _ends_anyway(session: Session, agreement: Agreement) -> Message | None:
    if agreement.state is AgreementState.SUSPENDED:
        return say(N_("It is suspended. Settle that first."))
    if agreement.ending_on is not None:
        return say(N_("It was decided that it ends early, on %(day)s."), day=_day(agreement.ending_on))
    if agreement.objected_at is not None:
        return say(N_("Somebody has said that it is not to be renewed."))
    return None


def _has_successor(session: Session, agreement: Agreement) -> Message | None:
    for later in agreement_days.successors(session, agreement):
        if later.state in UNDER_WAY or (later.state is AgreementState.IN_FORCE and _follows(later)):
            return say(N_("What follows it was begun already."))
    return None


def _follows(later: Agreement) -> bool:
    return later.origin is AgreementOrigin.RENEWAL


def _told_already(session: Session, agreement: Agreement) -> Message | None:
    if agreement.notice_on is None or not _goes_on_by_itself(session, agreement):
        return None
    return say(N_("It renews by itself. Both sides were told on %(day)s."), day=_day(agreement.notice_on))


def _goes_on_by_itself(session: Session, agreement: Agreement) -> bool:
    return bool(agreement.draft.get("renews")) and type_of(session, agreement).renews_by_itself


def _day(day: date) -> str:
    return day.isoformat()


def _settle(session: Session, item: RenewalItem) -> Renewed:
    person = people_at_work.actor_of(session, item.run.made_by_id)
    if person is None:
        raise engine.StepRefused([say(N_("The account of the person who started this is closed."))])
    return carry_out(session, item, person)


def carry_out(session: Session, item: RenewalItem, person: Actor) -> Renewed:
    """Renew one agreement as planned. Raises ``StepError``; then what was begun has to be undone by the caller."""
    if not allows(Permission.RENEWAL_RUN, person, item):
        raise engine.NotAllowed(refusal(Permission.RENEWAL_RUN))
    found = way_of(session, person, item.agreement, clock.today())
    if found.way is not item.way:
        raise engine.StepRefused([found.words])
    return _ACTS[item.way](session, item, person)


def _give_notice(session: Session, item: RenewalItem, person: Actor) -> Renewed:
    engine.run(session, AGREEMENT, item.agreement, "give_notice", SYSTEM)
    return Renewed(say(N_("Both sides were told.")).as_data())


def _draft(session: Session, item: RenewalItem, person: Actor) -> Renewed:
    made = draft(session, item.agreement, person)
    words = say(N_("Draft begun: agreement %(reference)s."), reference=made.reference)
    return Renewed(words.as_data(), made.id)


def draft(session: Session, before: Agreement, person: Actor) -> Agreement:
    """The draft that follows an agreement, with the partnership it needs. Raises ``StepError``."""
    made = agreement_starts.renewal(session, before, _partnership(session, before, person), clock.today(), _id(person))
    engine.run(session, AGREEMENT, made, "draft_renewal", person)
    return made


def _partnership(session: Session, before: Agreement, person: Actor) -> Partnership:
    """The partnership of the year in which the renewal begins; one that nobody proposed yet is carried on."""
    program, year = before.partnership.program, agreement_starts.school_year_after(before)
    there = schools.live_partnership(session, program.id, before.school_id, year)
    if there is not None:
        return there
    made = Partnership(
        reference=refs.new_reference("PSH"),
        program_id=program.id,
        program=program,
        school_id=before.school_id,
        school=before.school,
        school_year=year,
        proposed_by_id=_id(person),
        note="",
    )
    engine.run(session, PARTNERSHIP, made, "carry_on", SYSTEM)
    return made


def _id(person: Actor) -> int:
    if person.user_id is None:
        raise RuntimeError("a run is started by a person")
    return person.user_id


_ACTS: Mapping[RenewalWay, Callable[[Session, RenewalItem, Actor], Renewed]] = {
    RenewalWay.NOTICE: _give_notice,
    RenewalWay.DRAFT: _draft,
}

COURSE = itemwise.Course(RenewalRun, RenewalItem, RenewalItem.run_id, RENEWAL_RUN, RENEWAL_ITEM, _settle, unseen=UNSEEN)


def work(sessions: itemwise.Sessions, run_id: int, enough: Callable[[], bool]) -> bool:
    """Carry out a run until it is over or ``enough`` says so. True when nothing is left to do."""
    return itemwise.work(COURSE, sessions, run_id, enough)


def rehearsals(session: Session, run_id: int, most: int) -> list[Callable[[Session], None]]:
    """The first agreements of a run, each as an act that can be rehearsed by itself. Raises ``StepError`` there."""

    def act_for(item_id: int) -> Callable[[Session], None]:
        return lambda session: itemwise.settle(COURSE, session, session.get_one(RenewalItem, item_id))

    return [act_for(item_id) for item_id in renewal_runs.waiting(session, run_id, most)]
