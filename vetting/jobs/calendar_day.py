"""What a new local day begins and ends. Each subject is its own unit of work, so one that fails stops no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session, aliased, sessionmaker

from vetting import clock
from vetting.jobs import lapses
from vetting.models import (
    Agreement,
    AgreementState,
    AgreementVersion,
    Application,
    Designation,
    DesignationState,
    Invitation,
    InvitationState,
    OfferState,
    OwnershipOffer,
    PaperRecord,
    PartnerImport,
    PartnerImportState,
    Round,
    RoundState,
    Waiver,
    WaiverState,
)
from vetting.policy import SYSTEM
from vetting.queries import agreement_renewals as renewing
from vetting.queries import (
    copies,
    countersigning,
    custody,
    deadlines,
    delegations,
    lapsing,
    paper,
    settings,
    signers_left,
    year_files,
)
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.workflows import engine
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import subject_type, workflow_named

log = structlog.get_logger()

IMPORT_KEPT = timedelta(days=30)
"""A list that nobody loads is thrown away after this long, with every row of it."""

Due = Callable[[Session, date, datetime], sa.Select[int]]


def _designations_ending(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return sa.select(Designation.id).where(Designation.state == DesignationState.IN_FORCE, Designation.ends_on < today)


def _designations_beginning(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return sa.select(Designation.id).where(
        Designation.state == DesignationState.SCHEDULED, Designation.starts_on <= today
    )


def _agreements_completed(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return sa.select(Agreement.id).where(Agreement.state == AgreementState.IN_FORCE, Agreement.ends_on < today)


def _agreements_replaced(session: Session, today: date, now: datetime) -> sa.Select[int]:
    """Whose replacement is in force and begins today."""
    newer = aliased(Agreement)
    return sa.select(Agreement.id).where(
        Agreement.state == AgreementState.IN_FORCE,
        sa.exists().where(
            newer.supersedes_id == Agreement.id,
            newer.state == AgreementState.IN_FORCE,
            newer.starts_on <= today,
        ),
    )


def _agreements_to_give_notice(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return renewing.to_give_notice(session, today)


def _agreements_to_renew(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return renewing.to_renew(session, today)


def _agreements_ending(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return sa.select(Agreement.id).where(
        Agreement.state.in_([AgreementState.IN_FORCE, AgreementState.SUSPENDED]), Agreement.ending_on < today
    )


def _agreements_unsigned(session: Session, today: date, now: datetime) -> sa.Select[int]:
    days = int(settings.process_settings(session).content["agreement"]["signature_days"])
    newest = (
        sa.select(sa.func.max(AgreementVersion.frozen_at))
        .where(AgreementVersion.agreement_id == Agreement.id)
        .scalar_subquery()
    )
    return sa.select(Agreement.id).where(
        Agreement.state.in_([AgreementState.OUT_FOR_SIGNATURE, AgreementState.PARTLY_SIGNED]),
        newest < now - timedelta(days=days),
        sa.or_(Agreement.sign_until.is_(None), Agreement.sign_until < today),
        # What was signed on paper in time is not over while the office compares it.
        ~sa.exists().where(PaperRecord.agreement_id == Agreement.id, PaperRecord.state.in_(paper.OPEN)),
    )


def _places_to_return(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return signers_left.handed_on_too_long(today)


def _signers_who_left(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return signers_left.left()


def _rounds_over(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return sa.select(Round.id).where(Round.state == RoundState.OPEN, Round.closes_at < now)


def _drafts_too_late(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return sa.select(Application.id).where(Application.id.in_(deadlines.drafts_too_late(session, now)))


def _cases_waking(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return custody.waking(today)


def _cases_late(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return custody.escalating(session, today)


def _invitations_old(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return sa.select(Invitation.id).where(Invitation.state == InvitationState.PENDING, Invitation.expires_at < now)


def _drafts_to_warn(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return lapsing.drafts_to_warn(session, today)


def _drafts_idle(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return lapsing.drafts_to_close(session, today)


def _partners_to_warn(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return lapsing.partners_to_warn(session, today)


def _partners_idle(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return lapsing.partners_to_lapse(session, today)


def _copies_old(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return copies.old(now)


def _signatures_to_wake(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return countersigning.to_wake(today)


def _waivers_over(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return sa.select(Waiver.id).where(Waiver.state == WaiverState.GIVEN, Waiver.ends_on < today)


def _delegations_over(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return delegations.over(today)


def _offers_over(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return sa.select(OwnershipOffer.id).where(
        OwnershipOffer.state == OfferState.OFFERED, OwnershipOffer.answer_by < today
    )


def _year_files_old(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return year_files.old(now)


def _imports_old(session: Session, today: date, now: datetime) -> sa.Select[int]:
    return sa.select(PartnerImport.id).where(
        PartnerImport.state == PartnerImportState.CHECKED, PartnerImport.checked_at < now - IMPORT_KEPT
    )


DUE: tuple[tuple[str, str, Due], ...] = (
    # Beginnings come before endings, so that a renewal in time never opens a gap.
    ("designation", "begin", _designations_beginning),
    ("designation", "end", _designations_ending),
    ("agreement", "supersede", _agreements_replaced),
    ("agreement", "give_notice", _agreements_to_give_notice),
    ("agreement", "end_as_planned", _agreements_ending),
    # One that renews by itself does so before it would be over.
    ("agreement", "renew_term", _agreements_to_renew),
    ("agreement", "complete", _agreements_completed),
    ("agreement", "expire", _agreements_unsigned),
    ("signer", "delegation_over", _places_to_return),
    ("signer", "note_left", _signers_who_left),
    ("round", "close", _rounds_over),
    ("application", "expire", _drafts_too_late),
    # A case that wakes is due later, so it is asked for lateness after that.
    ("application", "wake", _cases_waking),
    ("application", "escalate", _cases_late),
    ("invitation", "expire", _invitations_old),
    ("partner_import", "discard", _imports_old),
    ("application", "warn_idle", _drafts_to_warn),
    ("application", "expire", _drafts_idle),
    ("designation", "warn_idle", _partners_to_warn),
    ("designation", "lapse", _partners_idle),
    ("own_copy", "remove", _copies_old),
    ("waiver", "end", _waivers_over),
    ("signing_hold", "wake", _signatures_to_wake),
    ("delegation", "run_out", _delegations_over),
    ("ownership_offer", "expire", _offers_over),
    ("year_file", "remove", _year_files_old),
)
"""Workflow, step, and which subjects are due for it."""


def settle(sessions: sessionmaker[Session], now: datetime) -> int:
    """Take every step that is due at ``now``. Returns how many were taken."""
    today = clock.local_date(now)
    taken = 0
    for workflow, step, due in DUE:
        with sessions() as session:
            ids = list(session.scalars(due(session, today, now).order_by(sa.text("1"))))
        for subject_id in ids:
            taken += _take(sessions, workflow, step, subject_id, now)
    return taken + lapses.settle(sessions, now)


def _take(sessions: sessionmaker[Session], workflow: str, step: str, subject_id: int, now: datetime) -> int:
    try:
        with sessions() as session, unit_of_work(session):
            subject: Any = session.get(subject_type(workflow), subject_id)
            engine.run(session, workflow_named(workflow), subject, step, SYSTEM, at=now)
    except (StepRefused, LostRace) as error:
        log.info("due_step_not_taken", workflow=workflow, step=step, subject=subject_id, why=str(error))
        return 0
    return 1
