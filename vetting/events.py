"""Names of what happened, in the past tense. The outbox carries them to mail and to worker jobs."""

from __future__ import annotations

import enum


class Event(enum.StrEnum):
    APPLICATION_RECEIVED = "application.received"
    APPLICATION_WITHDRAWN = "application.withdrawn"
    INFORMATION_REQUESTED = "information.requested"
    INFORMATION_ANSWERED = "information.answered"
    INFORMATION_REMINDED = "information.reminded"
    REVIEW_ASSIGNED = "review.assigned"
    REVIEWS_ASSIGNED = "review.assigned_together"
    REVIEW_REMINDED = "review.reminded"
    REVIEWS_REMINDED = "review.reminded_together"
    REVIEWER_STEPPED_ASIDE = "review.stepped_aside"
    REVIEWS_COMPLETED = "application.reviews_completed"
    DECISION_DRAFTED = "decision.drafted"
    DECISION_RELEASED = "decision.released"
    EVIDENCE_RETURNED = "evidence.returned"
    CASE_HANDED_OVER = "case.handed_over"
    CASE_WOKEN = "case.woken"
    CASE_ESCALATED = "case.escalated"
    MESSAGE_SENT = "message.sent"
    MESSAGE_RECEIVED = "message.received"
    FLAG_RAISED = "flag.raised"
    COVER_AGREED = "cover.agreed"
    BULK_STARTED = "bulk.started"
    PARTNERSHIP_PROPOSED = "partnership.proposed"
    SIGNATURE_INVITED = "agreement.signature_invited"
    SIGNATURE_DECLINED = "agreement.signature_declined"
    AGREEMENT_VOIDED = "agreement.voided"
    AGREEMENT_FULLY_SIGNED = "agreement.fully_signed"
    AGREEMENT_EXECUTED = "agreement.executed"
    ORGANIZATION_SUSPENDED = "organization.suspended"
    SUSPENSION_LIFTED = "organization.suspension_lifted"
    INVITATION_SENT = "invitation.sent"
    ACCOUNT_MAIL = "account.mail"


JOBS = frozenset({Event.AGREEMENT_FULLY_SIGNED, Event.BULK_STARTED})
"""Events that are work for the worker rather than mail to a person."""
