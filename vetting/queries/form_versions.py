"""Versions of forms: which there are, who worked on them, who answers on them, and what is wrong with a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.data.evidence_types import load_evidence_types
from vetting.data.reading import DataError
from vetting.data.vocabulary import word_lists
from vetting.models import (
    CLOSED_STATES,
    Application,
    HistoryEntry,
    ReferenceKind,
    ReferenceState,
    ReferenceVersion,
    Round,
    RoundState,
)
from vetting.queries.references import keeper
from vetting.questionnaires.faults import Fault
from vetting.questionnaires.form import Form, Kind
from vetting.questionnaires.loading import form_from
from vetting.questionnaires.relied_on import kept_faults, reuse_faults
from vetting.questionnaires.wording import wording_faults
from vetting.text import N_, say

IN_USE = (ReferenceState.PUBLISHED, ReferenceState.RETIRED)


def form_from_content(content: Mapping[str, Any], source: str) -> Form:
    """The form that a content describes, which may be unfinished. Raises DataError."""
    return form_from(
        content,
        source,
        words=word_lists(),
        document_types=frozenset(load_evidence_types().documents),
        unfinished=True,
    )


form = keeper(form_from_content)
"""A version of any state as a form; sections of a draft may be empty."""


def all_versions(session: Session) -> list[ReferenceVersion]:
    """Every version of every form, by form, the newest first."""
    return list(
        session.scalars(
            sa.select(ReferenceVersion)
            .where(ReferenceVersion.kind == ReferenceKind.FORM)
            .order_by(ReferenceVersion.key, ReferenceVersion.number.desc())
        )
    )


def versions_of(session: Session, key: str) -> list[ReferenceVersion]:
    """Every version of one form, the newest first."""
    return [version for version in all_versions(session) if version.key == key]


def version(session: Session, key: str, number: int) -> ReferenceVersion | None:
    """One version of a form."""
    return session.scalars(
        sa.select(ReferenceVersion).where(
            ReferenceVersion.kind == ReferenceKind.FORM, ReferenceVersion.key == key, ReferenceVersion.number == number
        )
    ).first()


def draft(session: Session, kind: ReferenceKind, key: str) -> ReferenceVersion | None:
    """The draft of a set, if there is one."""
    return _in_state(session, kind, key, ReferenceState.DRAFT)


def current(session: Session, key: str) -> ReferenceVersion | None:
    """The published version of a form, if there is one."""
    return _in_state(session, ReferenceKind.FORM, key, ReferenceState.PUBLISHED)


def _in_state(session: Session, kind: ReferenceKind, key: str, state: ReferenceState) -> ReferenceVersion | None:
    return session.scalars(
        sa.select(ReferenceVersion)
        .where(ReferenceVersion.kind == kind, ReferenceVersion.key == key, ReferenceVersion.state == state)
        .order_by(ReferenceVersion.number.desc())
    ).first()


def history(session: Session, version_id: int) -> list[HistoryEntry]:
    """What happened to a version, the newest first."""
    return list(
        session.scalars(
            sa.select(HistoryEntry)
            .where(HistoryEntry.subject_type == "reference", HistoryEntry.subject_id == version_id)
            .order_by(HistoryEntry.sequence.desc())
        )
    )


def writers(session: Session, subject: ReferenceVersion) -> frozenset[int]:
    """Who started or changed a draft, by the number of their account."""
    return frozenset(
        entry.actor_id
        for entry in history(session, subject.id)
        if entry.step in {"draft", "save"} and entry.actor_id is not None
    )


@dataclass(frozen=True)
class Use:
    """How many applications are answered on a version: in all, and not closed yet."""

    total: int = 0
    going_on: int = 0


def use_by_version(session: Session) -> dict[int, Use]:
    """How many applications are on each version that any is on."""
    going_on = sa.func.sum(sa.case((Application.state.not_in(list(CLOSED_STATES)), 1), else_=0))
    rows = session.execute(
        sa.select(Application.form_version_id, sa.func.count(), going_on).group_by(Application.form_version_id)
    )
    return {number: Use(int(total), int(still)) for number, total, still in rows}


def applicants_last_year(session: Session, key: str, now: datetime) -> int:
    """How many applications on any version of a form were sent in the last 365 days."""
    return int(
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Application)
            .join(ReferenceVersion, ReferenceVersion.id == Application.form_version_id)
            .where(
                ReferenceVersion.kind == ReferenceKind.FORM,
                ReferenceVersion.key == key,
                Application.received_at >= now - timedelta(days=365),
            )
        )
        or 0
    )


def rounds_on(session: Session, key: str) -> list[Round]:
    """Rounds in preparation or open that use a form, by opening."""
    return list(
        session.scalars(
            sa.select(Round)
            .join(ReferenceVersion, ReferenceVersion.id == Round.form_version_id)
            .where(ReferenceVersion.key == key, Round.state.in_([RoundState.DRAFT, RoundState.OPEN]))
            .order_by(Round.opens_at, Round.id)
        )
    )


def asked_before(session: Session, key: str) -> dict[str, Kind]:
    """Every question that a published version of a form ever asked, with its kind of answer."""
    found: dict[str, Kind] = {}
    for earlier in versions_of(session, key):
        if earlier.state in IN_USE:
            found |= {question.key: question.kind for question in form(earlier).questions}
    return found


def faults_of(
    session: Session,
    subject: ReferenceVersion,
    content: Mapping[str, Any],
    *,
    unfinished: bool = True,
    located: bool = False,
) -> list[Fault]:
    """What is wrong with a draft's content, in words. With ``unfinished``, sections may still be empty.

    ``located`` names the place in the file, for somebody who wrote one.
    """
    try:
        made = form_from_content(content, subject.title)
    except DataError as error:
        where = f"{error.where}: " if located and error.where else ""
        return [Fault(say("%(where)s%(problem)s", where=where, problem=error.problem))]
    except (TypeError, ValueError) as error:
        # Numbers and characters that no digest can be made of.
        return [Fault(say("%(problem)s", problem=str(error)))]
    published = current(session, subject.key)
    empty = [section for section in made.sections if not section.questions and not section.documents]
    nothing = N_("“%(section)s” asks nothing yet. Add a question or a document")
    return [
        *(Fault(say(nothing, section=section.title), section.key) for section in empty if not unfinished),
        *wording_faults(made),
        *kept_faults(made, form(published) if published else None, load_evidence_types()),
        *reuse_faults(made, asked_before(session, subject.key)),
    ]
