"""A school's agreements as its page lists them, searches them and sorts them, in one light read."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import (
    Agreement,
    AgreementState,
    AgreementVersion,
    Organization,
    Partnership,
    Program,
    Signer,
    SignerState,
)
from vetting.policy import Actor, Permission, allows
from vetting.queries.agreements import ENDING_SOON, OPEN, OUT, UNSIGNED

PAGE = 20
PILES = ("waiting", "under_way", "in_force", "ending_soon", "ended")


@dataclass(frozen=True)
class Brief:
    """What a list says of an agreement. ``invited``: the reader is the one asked to sign now."""

    id: int
    reference: str
    state: AgreementState
    school_id: int
    organization_id: int
    school_year: str
    starts_on: date | None
    ends_on: date | None
    sealed: bool
    program: str
    organization: str
    invited: bool
    signers: int
    signed: int
    amount_cents: int
    on_paper: bool


def briefs(session: Session, actor: Actor, school_id: int) -> list[Brief]:
    """Every agreement of a school that this person may see, those that end first in front. One read."""
    places = (
        sa.select(sa.func.count(Signer.id))
        .join(AgreementVersion, AgreementVersion.id == Signer.agreement_version_id)
        .where(AgreementVersion.agreement_id == Agreement.id, AgreementVersion.number == Agreement.current_number)
        .correlate(Agreement)
    )
    own = places.where(Signer.user_id == actor.user_id, Signer.state == SignerState.INVITED)
    rows = session.execute(
        sa.select(
            Agreement.id,
            Agreement.reference,
            Agreement.state,
            Agreement.school_id,
            Agreement.organization_id,
            Agreement.school_year,
            Agreement.starts_on,
            Agreement.ends_on,
            Agreement.executed_at.is_not(None),
            Program.name,
            Organization.legal_name,
            own.scalar_subquery() > 0,
            places.scalar_subquery(),
            places.where(Signer.state == SignerState.SIGNED).scalar_subquery(),
            Agreement.amount_cents,
            Agreement.on_paper,
        )
        .join(Partnership, Partnership.id == Agreement.partnership_id)
        .join(Program, Program.id == Partnership.program_id)
        .join(Organization, Organization.id == Agreement.organization_id)
        .where(Agreement.school_id == school_id)
        .order_by(Agreement.ends_on, Agreement.id)
    )
    found = (Brief(*tuple(row)) for row in rows)
    return [brief for brief in found if allows(Permission.AGREEMENT_VIEW, actor, brief)]


def pile_of(brief: Brief, today: date) -> str:
    """What an agreement asks of the reader: to write or sign, to wait, nothing, to think of its end, nothing more."""
    if brief.state in UNSIGNED or (brief.invited and brief.state in OUT):
        return "waiting"
    if brief.state in OPEN:
        return "under_way"
    if brief.state is AgreementState.IN_FORCE:
        return "ending_soon" if brief.ends_on is not None and brief.ends_on <= today + ENDING_SOON else "in_force"
    return "ended"


def piles(found: Sequence[Brief], today: date) -> dict[str, list[Brief]]:
    """Agreements by what they ask of the reader; what is over, newest first."""
    sorted_in: dict[str, list[Brief]] = {name: [] for name in PILES}
    for brief in found:
        sorted_in[pile_of(brief, today)].append(brief)
    sorted_in["ended"].reverse()
    return sorted_in


def chosen(found: Sequence[Brief], text: str, school_year: str) -> list[Brief]:
    """Those whose program, partner or reference has every word of ``text``, in the year (empty: in any)."""
    words = _folded(text).split()
    return [
        brief
        for brief in found
        if (not school_year or brief.school_year == school_year)
        and all(word in _folded(f"{brief.program} {brief.organization} {brief.reference}") for word in words)
    ]


def _folded(text: str) -> str:
    """Without case and accents, as people type when they search."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def documents_by_year(found: Sequence[Brief]) -> dict[str, int]:
    """How many sealed documents there are of each school year, the newest year first."""
    counts: dict[str, int] = {}
    for brief in found:
        if brief.sealed:
            counts[brief.school_year] = counts.get(brief.school_year, 0) + 1
    return dict(sorted(counts.items(), reverse=True))
