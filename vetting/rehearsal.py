"""What an act would send, found by doing it in a transaction that is never kept.

A preview that is computed beside the act can differ from it; this one is the act: the same policy, guards, effects and
mail, in a session of its own that is rolled back at the end. Only numbers drawn from sequences are used up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.events import JOBS, Event
from vetting.models import Application, Organization, OutboxMessage, School, User
from vetting.models.subjects import SUBJECTS
from vetting.notifications.mail import Place, make
from vetting.policy import Actor, hides_names, knows_person
from vetting.queries.actors import actor_for
from vetting.queries.people import ROLE_NAMES
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

    Of somebody whom the reader may not know there is no name and no address, but the ``role`` and the school or
    organization (``at``), and the words greet nobody.
    """

    name: str
    address: str
    subject: str
    text: str
    office: bool = False
    role: str = ""
    at: str = ""


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
        if message.topic in JOBS:
            continue
        names, subject = _knows(session, message, reader), _subject(session, message)
        person = _person(session, message.recipient)
        held = actor_for(session, person) if person is not None else None
        known = held is None or knows_person(reader, held)
        mail = make(session, message, place, names=names, greets=known)
        if mail is None:
            continue
        in_office = held is not None and held.in_office
        if not names and not in_office:
            found.append(NOT_FOR_A_BLIND_REVIEWER)
            continue
        text = "" if message.topic in SECRET else mail.text
        office = in_office and not reader.in_office and not reader.schools
        if held is None or known:
            name = person.name if person is not None else ""
            found.append(Letter(name, mail.to, mail.subject, text, office))
        else:
            found.append(Letter("", "", mail.subject, text, office, *_standing(session, held, subject)))
    return found


def _standing(session: Session, held: Actor, subject: Any) -> tuple[str, str]:
    """As what somebody gets a mail, and where: their role at the school or organization it is about, or their own."""
    if held.schools:
        at = _place(subject, "school_id", held.schools)
        return ROLE_NAMES[min(held.schools[at])], session.get_one(School, at).name
    if held.organizations:
        at = _place(subject, "organization_id", held.organizations)
        return ROLE_NAMES[min(held.organizations[at])], session.get_one(Organization, at).legal_name
    return "", ""


def _place(subject: Any, key: str, places: Collection[int]) -> int:
    """The one of its places that a mail is about; otherwise the first."""
    number = getattr(subject, key, None)
    return number if isinstance(number, int) and number in places else min(places)


def _subject(session: Session, message: OutboxMessage) -> Any:
    kind = str(message.payload.get("subject_type"))
    return session.get(SUBJECTS[kind], message.payload["subject_id"]) if kind in SUBJECTS else None


def _knows(session: Session, message: OutboxMessage, reader: Actor) -> bool:
    """Whether the reader may learn who the applicant is that the mail is about.

    Whoever reviews the case blindly may be leaving it by the very act, so any review of theirs counts.
    """
    subject = _subject(session, message)
    case = getattr(subject, "application", subject)
    if not isinstance(case, Application) or not hides_names(case):
        return True
    return all(review.reviewer_id != reader.user_id for review in case.reviews)


def _person(session: Session, recipient: str) -> User | None:
    return session.get(User, int(recipient.removeprefix("user:"))) if recipient.startswith("user:") else None


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
