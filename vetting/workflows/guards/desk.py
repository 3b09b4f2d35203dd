"""Questions about notes, flags, cover and runs over many cases."""

from __future__ import annotations

import sqlalchemy as sa

from vetting.models import BulkRun, Cover, CoverState, Flag, Note, NoteKind, Role, SeenBy, User
from vetting.policy import Permission, allows, sees_identity
from vetting.queries import people_at_work
from vetting.questionnaires.refused import refused_content
from vetting.text import N_, Message, say
from vetting.workflows.commands import HandOver
from vetting.workflows.definition import Context


def note_is_whole(note: Note, context: Context) -> Message | None:
    """A note has words, and something that happened did not happen in the future."""
    if not note.body.strip():
        return say(N_("Write what you want to say."))
    if note.happened_on is not None and note.happened_on > context.today:
        return say(N_("Give a day that is not after today."))
    return refused_content(f"{note.body}\n{note.with_whom or ''}")


def reply_is_to_the_case(note: Note, context: Context) -> Message | None:
    """An answer belongs to the case it is written in, and a thread has one level."""
    if note.parent is not None and (
        note.parent.application_id != note.application.id or note.parent.parent_id is not None
    ):
        return say(N_("What you answer is not part of this case."))
    return None


def reason_is_allowed(subject: object, context: Context) -> Message | None:
    """What may not be in an answer may not be in a reason either."""
    return refused_content(context.reason)


def stays_in_office(note: Note, context: Context) -> Message | None:
    if note.kind is NoteKind.MESSAGE or note.seen_by is not SeenBy.OFFICE:
        return say(N_("A message to the applicant is sent, not noted."))
    return None


def goes_to_applicant(note: Note, context: Context) -> Message | None:
    if note.kind is not NoteKind.MESSAGE or note.seen_by is not SeenBy.APPLICANT:
        return say(N_("Only a message goes to the other side."))
    return None


def was_not_sent_out(note: Note, context: Context) -> Message | None:
    """What somebody else was sent by mail cannot be unsaid."""
    if note.seen_by is SeenBy.APPLICANT:
        return say(N_("A message that was sent cannot be taken back. Write another one."))
    return None


def flag_is_whole(flag: Flag, context: Context) -> Message | None:
    return refused_content(flag.reason) if flag.reason.strip() else say(N_("Say what has to be settled."))


def owner_may_see_the_case(flag: Flag, context: Context) -> Message | None:
    return _may_see(flag, flag.owner_id, context)


def new_owner_may_see_the_case(flag: Flag, context: Context) -> Message | None:
    chosen = context.data
    return _may_see(flag, chosen.person_id, context) if isinstance(chosen, HandOver) else None


def _may_see(flag: Flag, person_id: int, context: Context) -> Message | None:
    person = people_at_work.actor_of(context.session, person_id)
    if person is None or not allows(Permission.CASE_VIEW, person, flag.application):
        return say(N_("Choose a person who can see this case."))
    if not sees_identity(person, flag.application):
        return say(N_("Choose a person who does not review this case: its reviewers must not learn who applied."))
    return None


def cover_is_possible(cover: Cover, context: Context) -> Message | None:
    """Both are in charge of cases, the days are to come, and cover is neither doubled nor passed on meanwhile."""
    if cover.ends_on < context.today:
        return say(N_("Give a last day that is not before today."))
    if cover.ends_on < cover.starts_on:
        return say(N_("The last day cannot be before the first."))
    if cover.absent_id == cover.substitute_id:
        return say(N_("Somebody else has to stand in."))
    in_charge = {user.id for user in people_at_work.holding(context.session, Role.COORDINATOR, Role.DIRECTOR)}
    if not {cover.absent_id, cover.substitute_id} <= in_charge:
        return say(N_("Choose people who are in charge of cases."))
    if context.acting:
        # Two who arrange at once, each for the other, would otherwise both be away.
        pair = sorted({cover.absent_id, cover.substitute_id})
        context.session.execute(sa.select(User.id).where(User.id.in_(pair)).order_by(User.id).with_for_update())
    return _in_the_way(cover, context)


def _in_the_way(cover: Cover, context: Context) -> Message | None:
    """Cover never passes on: whoever stands in is there, and whoever is away stands in for nobody."""
    meanwhile = context.session.execute(
        sa.select(Cover.absent_id, Cover.substitute_id, Cover.kind).where(
            Cover.state == CoverState.AGREED, Cover.starts_on <= cover.ends_on, Cover.ends_on >= cover.starts_on
        )
    )
    for absent_id, substitute_id, kind in meanwhile:
        if absent_id == cover.substitute_id:
            return say(N_("The person who is to stand in is away on some of these days."))
        if substitute_id == cover.absent_id:
            return say(N_("The person who is away stands in for somebody else on some of these days. End that first."))
        if absent_id == cover.absent_id and (kind == cover.kind or not kind or not cover.kind):
            return say(N_("Cover for this person is arranged already on some of these days."))
    return None


def own_run(run: BulkRun, context: Context) -> Message | None:
    if run.made_by_id != context.actor.user_id:
        return say(N_("Only the person who planned this can start or stop it."))
    return None
