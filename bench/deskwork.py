"""What a day at the desk leaves on a case: notes, a call, messages both ways, flags, and a hold."""

from __future__ import annotations

from datetime import timedelta

from tests.factories import Factory
from vetting import clock
from vetting.models import Application, Flag, Note, NoteKind, SeenBy, User
from vetting.queries.custody import next_open_day
from vetting.workflows.commands import HoldCase

HELD_DAYS = 40


def note(make: Factory, application: Application, author: User, kind: NoteKind, body: str, step: str = "write") -> Note:
    """Something said about a case, by the step that says it."""
    own = Note(
        application=application,
        kind=kind,
        seen_by=SeenBy.APPLICANT if kind is NoteKind.MESSAGE else SeenBy.OFFICE,
        author_id=author.id,
        from_applicant=step == "reply",
        body=body,
        happened_on=clock.today() if kind in {NoteKind.CALL, NoteKind.VISIT} else None,
        with_whom="The program lead" if kind in {NoteKind.CALL, NoteKind.VISIT} else "",
    )
    make.take("note", own, step, make.actor(author))
    return own


def write_in(make: Factory, application: Application) -> None:
    """The applicant writes, and nobody has answered yet."""
    owner = make.owner_of(application.organization)
    note(make, application, owner, NoteKind.MESSAGE, "May we send the plan next week?", "reply")


def talk(make: Factory, application: Application, coordinator: User) -> None:
    """A comment, a call, a message and its answer, and one flag that is settled and one that is not."""
    note(make, application, coordinator, NoteKind.COMMENT, "The plan names two sites. Only one is in the answers.")
    note(make, application, coordinator, NoteKind.CALL, "They open the second site in spring.")
    write_in(make, application)
    note(make, application, coordinator, NoteKind.MESSAGE, "Yes. Friday is soon enough.", "send")
    flag(make, application, coordinator, "The letter is not signed.", settled="A signed one came.")
    flag(make, application, coordinator, "Two sites or one?")


def flag(make: Factory, application: Application, owner: User, reason: str, *, settled: str = "") -> None:
    own = Flag(application=application, reason=reason, owner_id=owner.id, raised_by_id=owner.id)
    make.take("flag", own, "raise", make.actor(owner))
    if settled:
        make.take("flag", own, "resolve", make.actor(owner), reason=settled)


def hold(make: Factory, application: Application, coordinator: User) -> None:
    """The case waits for a day that is still to come, whenever its copies began to wait."""
    wakes_on = next_open_day(clock.today() + timedelta(days=HELD_DAYS))
    make.take(
        "application",
        application,
        "hold",
        make.actor(coordinator),
        data=HoldCase(wakes_on),
        reason="Waits for the insurance.",
    )
