"""Agreements with everything a page about them shows, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from vetting.models import (
    Agreement,
    AgreementState,
    AgreementVersion,
    Consent,
    ExecutedDocument,
    HistoryEntry,
    Partnership,
    Program,
    Signature,
    Signer,
    SignerState,
)
from vetting.policy import Actor
from vetting.queries.at_once import AtOnce

ENDING_SOON = timedelta(days=60)

UNSIGNED = frozenset({AgreementState.DRAFT, AgreementState.IN_REVIEW})
OUT = frozenset({AgreementState.OUT_FOR_SIGNATURE, AgreementState.PARTLY_SIGNED})
OPEN = UNSIGNED | OUT | {AgreementState.EXECUTING, AgreementState.SUSPENDED}
BEFORE_FORCE = UNSIGNED | OUT | {AgreementState.EXECUTING}


_LATER = aliased(AgreementVersion)


def _whole() -> tuple[ORMOption, ...]:
    signers = selectinload(Agreement.versions).selectinload(AgreementVersion.signers)
    return (
        joinedload(Agreement.school),
        joinedload(Agreement.organization),
        joinedload(Agreement.partnership).joinedload(Partnership.program).joinedload(Program.organization),
        joinedload(Agreement.template_version),
        signers.joinedload(Signer.signature).joinedload(Signature.proof),
        signers.joinedload(Signer.consents).joinedload(Consent.withdrawal),
        signers.joinedload(Signer.delegations),
    )


def by_reference(session: Session, reference: str) -> Agreement | None:
    """An agreement by its public reference, with its versions, signers and signatures."""
    return session.scalars(sa.select(Agreement).where(Agreement.reference == reference).options(*_whole())).first()


def by_id(session: Session, agreement_id: int) -> Agreement | None:
    """An agreement by its number, for the worker."""
    return session.scalars(sa.select(Agreement).where(Agreement.id == agreement_id).options(*_whole())).first()


def earlier(session: Session, agreement: Agreement) -> Agreement | None:
    """The agreement that this one replaces or follows."""
    number = agreement.supersedes_id or agreement.follows_id
    return by_id(session, number) if number is not None else None


def by_verify_code(session: Session, code: str) -> Agreement | None:
    """An agreement by the code printed on its certificate page; only one that was executed."""
    return session.scalars(
        sa.select(Agreement).where(Agreement.verify_code == code, Agreement.executed_at.is_not(None)).options(*_whole())
    ).first()


def of_organizations(session: Session, ids: Sequence[int]) -> list[Agreement]:
    """The agreements of these organizations that have been sent out, newest first."""
    if not ids:
        return []
    query = (
        sa.select(Agreement)
        .where(
            Agreement.organization_id.in_(ids),
            Agreement.state.not_in([AgreementState.DRAFT, AgreementState.IN_REVIEW]),
        )
        .options(joinedload(Agreement.school), joinedload(Agreement.partnership).joinedload(Partnership.program))
        .order_by(Agreement.id.desc())
        .limit(100)
    )
    return list(session.scalars(query))


def signers(agreement: Agreement) -> list[Signer]:
    """The signers of the newest version; none before anything was sent."""
    return list(agreement.versions[-1].signers) if agreement.versions else []


def signer_of(agreement: Agreement, user_id: int | None) -> Signer | None:
    """The person's own place among the signers of the newest version."""
    return next((signer for signer in signers(agreement) if signer.user_id == user_id), None)


def waits_for(agreement: Agreement, user_id: int | None) -> bool:
    """Whether this person is the one asked to sign now."""
    signer = signer_of(agreement, user_id)
    return agreement.state in OUT and signer is not None and signer.state is SignerState.INVITED


def to_sign(session: Session, actor: Actor) -> list[Signer]:
    """Places of a person in agreements that are out for signature, or were signed by them, the newest first.

    What is agreed with an organization that the person has declared an interest in is left out.
    """
    return list(
        session.scalars(
            sa.select(Signer)
            .join(AgreementVersion, AgreementVersion.id == Signer.agreement_version_id)
            .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
            .where(
                Signer.user_id == actor.user_id,
                Agreement.organization_id.not_in(sorted(actor.conflicts)),
                Agreement.current_number == AgreementVersion.number,
                Signer.state.in_([SignerState.INVITED, SignerState.WAITING, SignerState.SIGNED]),
            )
            .options(
                joinedload(Signer.signature),
                joinedload(Signer.agreement_version)
                .joinedload(AgreementVersion.agreement)
                .options(
                    joinedload(Agreement.school),
                    joinedload(Agreement.organization),
                    joinedload(Agreement.partnership).joinedload(Partnership.program),
                ),
                joinedload(Signer.agreement_version).selectinload(AgreementVersion.signers),
            )
            .order_by(Signer.id.desc())
            .limit(100)
        )
    )


def executed(session: Session, agreement: Agreement) -> ExecutedDocument | None:
    """The sealed document of an agreement, of its newest version."""
    if not agreement.versions:
        return None
    return session.scalars(
        sa.select(ExecutedDocument).where(ExecutedDocument.agreement_version_id == agreement.versions[-1].id)
    ).first()


@dataclass(frozen=True)
class Sealed:
    """The sealed document of an agreement with what the policy asks of it."""

    reference: str
    school_id: int
    organization_id: int
    sha256: str
    storage_key: str
    sealed_at: datetime


sealed = AtOnce(
    (
        Agreement.reference,
        Agreement.school_id,
        Agreement.organization_id,
        ExecutedDocument.sha256,
        ExecutedDocument.storage_key,
        ExecutedDocument.sealed_at,
    ),
    (
        (Agreement, Agreement.reference == sa.bindparam("reference", type_=sa.String)),
        (
            AgreementVersion,
            sa.and_(
                AgreementVersion.agreement_id == Agreement.id,
                AgreementVersion.number
                == sa.select(sa.func.max(_LATER.number)).where(_LATER.agreement_id == Agreement.id).scalar_subquery(),
            ),
        ),
        (ExecutedDocument, ExecutedDocument.agreement_version_id == AgreementVersion.id),
    ),
    Sealed,
)
"""``executed`` by the agreement's public reference: all that a download needs."""


def executed_by_hash(session: Session, sha256: str) -> ExecutedDocument | None:
    """The document in our register with this SHA-256, with its agreement."""
    return session.scalars(
        sa.select(ExecutedDocument)
        .where(ExecutedDocument.sha256 == sha256)
        .options(
            joinedload(ExecutedDocument.agreement_version)
            .joinedload(AgreementVersion.agreement)
            .options(joinedload(Agreement.school), joinedload(Agreement.organization))
        )
    ).first()


def all_executed(session: Session) -> list[ExecutedDocument]:
    """Every sealed document, in the order they were sealed."""
    return list(
        session.scalars(
            sa.select(ExecutedDocument)
            .options(joinedload(ExecutedDocument.agreement_version).joinedload(AgreementVersion.agreement))
            .order_by(ExecutedDocument.id)
        )
    )


def history(session: Session, agreement: Agreement) -> list[HistoryEntry]:
    """Everything that happened to an agreement and its signers, in order."""
    return list(
        session.scalars(
            sa.select(HistoryEntry)
            .where(
                HistoryEntry.agreement_id == agreement.id,
                HistoryEntry.subject_type.in_(["agreement", "signer", "agreement_approval", "paper_record"]),
            )
            .order_by(HistoryEntry.id)
        )
    )
