"""Which deadline an application has, with the rules of its round and the time it was given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.clock import local_date
from vetting.deadlines import Deadline, latest
from vetting.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    Extension,
    ExtensionState,
    Round,
    RoundState,
)

RECEIVING = frozenset({RoundState.OPEN, RoundState.CLOSED})
"""A round that is over still takes what its deadline, grace and extensions let in."""


def of_round(round_: Round, extended_to: Iterable[datetime | None] = ()) -> Deadline:
    """The deadline of a round, for everybody or with the extensions of one application."""
    return Deadline(round_.closes_at, round_.grace_minutes, latest(list(extended_to)))


def deadline_of(session: Session, application: Application) -> Deadline | None:
    """When an application of a round must have reached us; None where there is no round."""
    if application.kind is not ApplicationKind.PORTFOLIO or application.round is None:
        return None
    return of_round(application.round, given(session, [application.id]).get(application.id, []))


def given(session: Session, application_ids: Iterable[int]) -> dict[int, list[datetime]]:
    """The new ends that applications were given, by application."""
    found: dict[int, list[datetime]] = {}
    rows = session.execute(
        sa.select(Extension.application_id, Extension.ends_at).where(
            Extension.application_id.in_(list(application_ids)), Extension.state == ExtensionState.GIVEN
        )
    )
    for application_id, ends_at in rows:
        if ends_at is not None:
            found.setdefault(application_id, []).append(ends_at)
    return found


def takes(session: Session, application: Application, arrived: datetime) -> bool:
    """Whether what reached us at this instant is in time; always where there is no round."""
    deadline = deadline_of(session, application)
    if deadline is None or application.round is None:
        return True
    round_ = application.round
    return round_.state in RECEIVING and round_.opens_at <= arrived and deadline.takes(arrived)


def may_have_more_time(session: Session, application: Application, now: datetime) -> bool:
    """Whether the office could still give this unsent application more time."""
    deadline = deadline_of(session, application)
    if deadline is None or application.round is None or application.state is not ApplicationState.DRAFT:
        return False
    if application.round.state not in RECEIVING or now < application.round.opens_at:
        return False
    return deadline.may_be_extended_on(local_date(now), application.round.extension_days)


def drafts_too_late(session: Session, now: datetime) -> list[int]:
    """Unsent applications whose time is over for good: nobody may give more, and nobody waits for an answer."""
    rows = session.execute(
        sa.select(Application.id, Round)
        .join(Round, Round.id == Application.round_id)
        .where(
            Application.kind == ApplicationKind.PORTFOLIO,
            Application.state == ApplicationState.DRAFT,
            Round.closes_at < now,
            ~sa.exists().where(Extension.application_id == Application.id, Extension.state == ExtensionState.ASKED),
        )
        .order_by(Application.id)
    ).all()
    extended = given(session, [application_id for application_id, _ in rows])
    today = local_date(now)
    found = []
    for application_id, round_ in rows:
        deadline = of_round(round_, extended.get(application_id, []))
        more = round_.state in RECEIVING and deadline.may_be_extended_on(today, round_.extension_days)
        if not deadline.takes(now) and (not more or round_.extension_days == 0):
            found.append(application_id)
    return found


def extensions_of(session: Session, application: Application) -> list[Extension]:
    """What was asked for and answered about more time for an application, newest first."""
    return list(
        session.scalars(
            sa.select(Extension).where(Extension.application_id == application.id).order_by(Extension.id.desc())
        )
    )


def asked_now(session: Session) -> list[Extension]:
    """Requests for more time that wait for an answer, the oldest first."""
    return list(
        session.scalars(
            sa.select(Extension)
            .where(Extension.state == ExtensionState.ASKED)
            .options(
                joinedload(Extension.application).options(
                    joinedload(Application.organization),
                    joinedload(Application.program),
                    joinedload(Application.round),
                )
            )
            .order_by(Extension.id)
        )
    )


def waiting(session: Session, hidden: Iterable[int]) -> int:
    """How many applications wait for an answer, without those of organizations that are closed to the reader."""
    query = (
        sa.select(sa.func.count())
        .select_from(Extension)
        .join(Application, Application.id == Extension.application_id)
        .where(Extension.state == ExtensionState.ASKED, Application.organization_id.not_in(sorted(hidden)))
    )
    return session.scalar(query) or 0


def answered_lately(session: Session, most: int = 50) -> list[Extension]:
    """Extensions that were given or not given, newest first."""
    return list(
        session.scalars(
            sa.select(Extension)
            .where(Extension.state != ExtensionState.ASKED)
            .options(
                joinedload(Extension.application).options(
                    joinedload(Application.organization),
                    joinedload(Application.program),
                    joinedload(Application.round),
                ),
                joinedload(Extension.answered_by),
            )
            .order_by(Extension.id.desc())
            .limit(most)
        )
    )


def extension_named(session: Session, reference: str) -> Extension | None:
    """The extension with this reference, with the case it is about."""
    return session.scalars(
        sa.select(Extension)
        .where(Extension.reference == reference)
        .options(
            joinedload(Extension.application).options(
                joinedload(Application.organization),
                joinedload(Application.program),
                joinedload(Application.round),
            )
        )
    ).first()
