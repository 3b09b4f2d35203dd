"""The line of a mail that says where the case stands: the fixed words that its page and its card say as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from vetting import clock
from vetting.data.status import Situation
from vetting.events import Event
from vetting.models import Application
from vetting.notifications.facts import Facts, day
from vetting.queries import telling
from vetting.queries.standing import Standing, read_standing
from vetting.queries.telling import Speech

FITTING: Mapping[Event, tuple[Situation, ...]] = {
    Event.APPLICATION_RECEIVED: (Situation.RECEIVED,),
    Event.INFORMATION_REQUESTED: (Situation.ANSWER_NEEDED, Situation.ANSWER_LATE),
    Event.INFORMATION_REMINDED: (Situation.ANSWER_NEEDED, Situation.ANSWER_LATE),
    Event.DECISION_RELEASED: (
        Situation.APPROVED,
        Situation.LISTED,
        Situation.RENEWAL_DUE,
        Situation.ENDED,
        Situation.NOT_SELECTED,
    ),
}
"""Which situations a mail may speak of. A case that has moved on since is spoken of as it was: by the first one."""


def status(session: Session, event: Event, subject: Any, translate: Callable[[str], str], help_at: str) -> Facts:
    """What stands for ``status`` in the words of a mail about a case; nothing for other mail."""
    application = getattr(subject, "application", subject)
    if event not in FITTING or not isinstance(application, Application):
        return {}
    found = read_standing(session, application, clock.today())
    if found.situation not in FITTING[event]:
        found = Standing(FITTING[event][0])
    return {"status": telling.headline(found, Speech(translate, day, help_at))}
