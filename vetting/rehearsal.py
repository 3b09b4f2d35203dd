"""What an act would send, found by doing it in a transaction that is never kept.

A preview that is computed beside the act can differ from it; this one is the act: the same policy, guards, effects and
mail, in a session of its own that is rolled back at the end. Only numbers drawn from sequences are used up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.events import JOBS, Event
from vetting.models import Application, OutboxMessage, User
from vetting.models.subjects import SUBJECTS
from vetting.notifications.mail import Place, make
from vetting.policy import Actor, hides_names
from vetting.queries.actors import actor_for
from vetting.unit_of_work import LostRace, lost_race
from vetting.workflows import anchors, engine
from vetting.workflows.registry import subject_type, workflow_named

Act = Callable[[Session], object]
"""Does in the session it is given what a person is about to do: loads what it needs there, and takes steps."""

SECRET = frozenset({Event.INVITATION_SENT, Event.ACCOUNT_MAIL, Event.EMAIL_CHANGE_ASKED})
"""Mail with a link for its reader alone; nobody else is shown its text."""


@dataclass(frozen=True)
class Letter:
    """One mail that would leave. ``text`` is empty where only its reader may read it.

    Mail to an applicant whom the person who acts must not know has neither name nor address nor words. ``office`` says,
    for readers from outside, that it goes to somebody in the office.
    """

    name: str
    address: str
    subject: str
    text: str
    office: bool = False


NOT_FOR_A_BLIND_REVIEWER = Letter("", "", "", "")


def rehearse(sessions: Callable[[], Session], act: Act, place: Place, reader: Actor) -> list[Letter]:
    """The mail that ``act`` would send, in the order it would leave; nothing of the act is kept.

    ``reader`` is who looks at it, and reads no name of an applicant that a blind round hides from them.
    ``sessions`` makes a session apart from the caller's. The caller's own must hold no write lock, because the act
    takes it. Raises what the act raises (``StepRefused`` and its kin), and ``LostRace`` like a unit of work.
    """
    session = sessions()
    queued: list[OutboxMessage] = []

    def note(session: Session, row: Any) -> None:
        if isinstance(row, OutboxMessage):
            queued.append(row)

    sa.event.listen(session, "pending_to_persistent", note)
    try:
        session.connection(execution_options={"writing": True})
        act(session)
        session.flush()
        return _letters(session, queued, place, reader)
    except BaseException as error:
        if lost_race(error):
            raise LostRace(str(error)) from error
        raise
    finally:
        # What an error carries (the changes somebody missed) stays readable.
        session.expunge_all()
        session.rollback()
        anchors.take_pending(session)
        session.close()


def _letters(session: Session, queued: Sequence[OutboxMessage], place: Place, reader: Actor) -> list[Letter]:
    found = []
    for message in sorted(queued, key=lambda row: row.id):
        names = message.topic in JOBS or _knows(session, message, reader)
        mail = None if message.topic in JOBS else make(session, message, place, names=names)
        if mail is not None and not names and not _in_office(session, message.recipient):
            found.append(NOT_FOR_A_BLIND_REVIEWER)
        elif mail is not None:
            text = "" if message.topic in SECRET else mail.text
            office = not reader.in_office and _in_office(session, message.recipient)
            found.append(Letter(_name(session, message.recipient), mail.to, mail.subject, text, office))
    return found


def _knows(session: Session, message: OutboxMessage, reader: Actor) -> bool:
    """Whether the reader may learn who the applicant is that the mail is about.

    Whoever reviews the case blindly may be leaving it by the very act, so any review of theirs counts.
    """
    kind = str(message.payload.get("subject_type"))
    subject = session.get(SUBJECTS[kind], message.payload["subject_id"]) if kind in SUBJECTS else None
    case = getattr(subject, "application", subject)
    if not isinstance(case, Application) or not hides_names(case):
        return True
    return all(review.reviewer_id != reader.user_id for review in case.reviews)


def _in_office(session: Session, recipient: str) -> bool:
    person = session.get(User, int(recipient.removeprefix("user:"))) if recipient.startswith("user:") else None
    return person is not None and actor_for(session, person).in_office


def _name(session: Session, recipient: str) -> str:
    """The name behind a recipient; empty for a bare address."""
    person = session.get(User, int(recipient.removeprefix("user:"))) if recipient.startswith("user:") else None
    return person.name if person is not None else ""


def step(
    workflow: str,
    subject: int | Callable[[Session], Any],
    name: str,
    actor: Actor,
    *,
    data: Any = None,
    reason: str = "",
    seen_version: int | None = None,
) -> Act:
    """One step as an act: of what has the number ``subject``, or of what ``subject`` makes for the session."""

    def act(session: Session) -> None:
        found: Any = subject(session) if callable(subject) else session.get_one(subject_type(workflow), subject)
        engine.run(
            session, workflow_named(workflow), found, name, actor, data=data, reason=reason, seen_version=seen_version
        )

    return act
