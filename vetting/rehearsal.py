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
from vetting.models import OutboxMessage, User
from vetting.notifications.mail import Place, make
from vetting.policy import Actor
from vetting.unit_of_work import LostRace, lost_race
from vetting.workflows import anchors, engine
from vetting.workflows.registry import subject_type, workflow_named

Act = Callable[[Session], object]
"""Does in the session it is given what a person is about to do: loads what it needs there, and takes steps."""

SECRET = frozenset({Event.INVITATION_SENT, Event.ACCOUNT_MAIL, Event.EMAIL_CHANGE_ASKED})
"""Mail with a link for its reader alone; nobody else is shown its text."""


@dataclass(frozen=True)
class Letter:
    """One mail that would leave. ``text`` is empty where only its reader may read it."""

    name: str
    address: str
    subject: str
    text: str


def rehearse(sessions: Callable[[], Session], act: Act, place: Place) -> list[Letter]:
    """The mail that ``act`` would send, in the order it would leave; nothing of the act is kept.

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
        return _letters(session, queued, place)
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


def _letters(session: Session, queued: Sequence[OutboxMessage], place: Place) -> list[Letter]:
    found = []
    for message in sorted(queued, key=lambda row: row.id):
        mail = None if message.topic in JOBS else make(session, message, place)
        if mail is not None:
            text = "" if message.topic in SECRET else mail.text
            found.append(Letter(_name(session, message.recipient), mail.to, mail.subject, text))
    return found


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
