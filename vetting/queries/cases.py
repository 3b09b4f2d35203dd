"""One case as the office reads it: the case with its parts, its documents, and what has happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from vetting.models import (
    Application,
    Conflict,
    ConflictState,
    Decision,
    DocumentVersion,
    EvidenceLink,
    EvidenceState,
    GrantState,
    Organization,
    Review,
    ReviewState,
    Role,
    RoleGrant,
    User,
)
from vetting.queries import piles, queue, tasklist
from vetting.queries.parts import Part, read

_CASE = (
    sa.select(Application)
    .where(Application.reference == sa.bindparam("reference", type_=sa.String))
    .options(
        # Most cases have no decision yet or one, and most organizations no suspension: that multiplies nothing.
        joinedload(Application.organization).joinedload(Organization.suspensions),
        joinedload(Application.decisions).joinedload(Decision.drafted_by),
        joinedload(Application.program),
        joinedload(Application.round),
        joinedload(Application.coordinator),
        joinedload(Application.held_by),
        joinedload(Application.form_version),
        joinedload(Application.framework_version),
        joinedload(Application.settings_version),
    )
)


@cache
def _parts() -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The collections of a case and of its organization; made when the models are complete."""
    own = (
        Part(Application.answers),
        Part(
            Application.evidence,
            joinedload(EvidenceLink.document_version).options(
                joinedload(DocumentVersion.document), joinedload(DocumentVersion.uploaded_by)
            ),
        ),
        Part(Application.requests),
        Part(Application.reviews, joinedload(Review.reviewer)),
    )
    return own, (Part(Organization.programs),)


def find(session: Session, reference: str) -> Application | None:
    """A case with everything its page shows, in a fixed number of reads."""
    found = session.scalars(_CASE, {"reference": reference}).unique().first()
    if found is not None:
        own, of_organization = _parts()
        read(session, found, *own)
        read(session, found.organization, *of_organization)
    return found


def load_ratings(session: Session, application: Application) -> None:
    """Read the ratings of every review of the case at once."""
    session.scalars(
        sa.select(Review).where(Review.application_id == application.id).options(selectinload(Review.ratings))
    ).all()


def review_of(application: Application, user_id: int | None) -> Review | None:
    """The person's live review of the case."""
    for review in application.reviews:
        if review.reviewer_id == user_id and review.state in piles.LIVE_REVIEWS:
            return review
    return None


def current_evidence(application: Application) -> list[EvidenceLink]:
    """Documents in force in the case, in the order of the form; replaced and removed versions left out."""
    gone = {EvidenceState.REPLACED, EvidenceState.REMOVED, EvidenceState.DISPOSED}
    order = list(tasklist.evidence_types().documents)
    links = [link for link in application.evidence if link.document_version.state not in gone]
    return sorted(links, key=lambda link: (order.index(link.type_key) if link.type_key in order else 999, link.id))


def earlier_evidence(application: Application) -> list[EvidenceLink]:
    """Versions that a newer one replaced; they stay on record."""
    return [link for link in application.evidence if link.document_version.state is EvidenceState.REPLACED]


def expired(link: EvidenceLink, today: date) -> bool:
    """Whether the last good day of the document is past."""
    until = link.document_version.valid_until
    return until is not None and until < today


def document_name(type_key: str) -> str:
    """What a kind of document is called."""
    kinds = tasklist.evidence_types()
    known = kinds.documents.get(type_key)
    return known.name if known else kinds.other.get(type_key, type_key)


def reviews_by(session: Session, user_id: int) -> Sequence[Review]:
    """A person's live reviews: first what is still to do by due date, then what was submitted, newest first."""
    walled = sa.select(Conflict.organization_id).where(
        Conflict.user_id == user_id, Conflict.state == ConflictState.DECLARED
    )
    own = sa.select(RoleGrant.organization_id).where(
        RoleGrant.user_id == user_id, RoleGrant.organization_id.is_not(None), RoleGrant.state == GrantState.ACTIVE
    )
    return session.scalars(
        sa.select(Review)
        .join(Application, Application.id == Review.application_id)
        .where(
            Review.reviewer_id == user_id,
            Review.state.in_(piles.LIVE_REVIEWS),
            Application.organization_id.not_in(walled),
            Application.organization_id.not_in(own),
        )
        .options(
            joinedload(Review.application).options(
                joinedload(Application.organization), joinedload(Application.program), joinedload(Application.round)
            )
        )
        .order_by(
            sa.case((Review.state == ReviewState.SUBMITTED, 1), else_=0),
            sa.func.coalesce(Review.due_on, queue.NO_DATE),
            Review.id.desc(),
        )
        .limit(200)
    ).all()


def applicants_told(session: Session, organization_id: int) -> Sequence[User]:
    """Who receives mail about the organization's cases: its owners and editors."""
    held = sa.select(RoleGrant.user_id).where(
        RoleGrant.organization_id == organization_id,
        RoleGrant.role.in_([Role.ORG_OWNER, Role.ORG_EDITOR]),
        RoleGrant.state == GrantState.ACTIVE,
    )
    return session.scalars(
        sa.select(User).where(User.id.in_(held), User.active.is_(True)).order_by(User.name, User.id)
    ).all()
