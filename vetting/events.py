"""Names of what happened, in the past tense. The outbox carries them to mail and to worker jobs."""

from __future__ import annotations

import enum


class Event(enum.StrEnum):
    APPLICATION_RECEIVED = "application.received"
    APPLICATION_WITHDRAWN = "application.withdrawn"
    INFORMATION_REQUESTED = "information.requested"
    INFORMATION_ANSWERED = "information.answered"
    INFORMATION_REMINDED = "information.reminded"
    INFORMATION_EXTENDED = "information.extended"
    INFORMATION_TAKEN_BACK = "information.taken_back"
    EXTENSION_ASKED = "extension.asked"
    EXTENSION_GIVEN = "extension.given"
    EXTENSION_NOT_GIVEN = "extension.not_given"
    REVIEW_ASSIGNED = "review.assigned"
    REVIEWS_ASSIGNED = "review.assigned_together"
    REVIEW_REMINDED = "review.reminded"
    REVIEWS_REMINDED = "review.reminded_together"
    REVIEWER_STEPPED_ASIDE = "review.stepped_aside"
    REVIEWS_COMPLETED = "application.reviews_completed"
    DECISION_DRAFTED = "decision.drafted"
    DECISION_RELEASED = "decision.released"
    EVIDENCE_RETURNED = "evidence.returned"
    EVIDENCE_SET_ASIDE = "evidence.set_aside"
    SCAN_WANTED = "scan.wanted"
    CASE_HANDED_OVER = "case.handed_over"
    CASE_WOKEN = "case.woken"
    CASE_ESCALATED = "case.escalated"
    MESSAGE_SENT = "message.sent"
    MESSAGE_RECEIVED = "message.received"
    FLAG_RAISED = "flag.raised"
    COVER_AGREED = "cover.agreed"
    BULK_STARTED = "bulk.started"
    DELEGATION_GIVEN = "delegation.given"
    DELEGATION_ENDED = "delegation.ended"
    YEAR_FILE_ASKED = "year_file.asked"
    PARTNERSHIP_PROPOSED = "partnership.proposed"
    SIGNATURE_INVITED = "agreement.signature_invited"
    SIGNATURE_DECLINED = "agreement.signature_declined"
    SIGNATURE_HELD = "agreement.signature_held"
    SIGNATURE_WOKEN = "agreement.signature_woken"
    SIGNING_BATCH_STARTED = "signing_batch.started"
    RENEWAL_RUN_STARTED = "renewal_run.started"
    RENEWAL_DRAFTED = "agreement.renewal_drafted"
    AGREEMENT_VOIDED = "agreement.voided"
    AGREEMENT_FULLY_SIGNED = "agreement.fully_signed"
    AGREEMENT_EXECUTED = "agreement.executed"
    AGREEMENT_SHARED = "agreement.shared"
    AGREEMENT_RETURNED = "agreement.returned"
    AGREEMENT_END_PLANNED = "agreement.end_planned"
    AGREEMENT_GOES_ON = "agreement.goes_on"
    AGREEMENT_ENDED = "agreement.ended"
    AGREEMENT_RENEWING = "agreement.renewing"
    AGREEMENT_NOT_RENEWED = "agreement.not_renewed"
    AGREEMENT_RENEWED = "agreement.renewed"
    APPROVAL_ASKED = "agreement.approval_asked"
    REMARK_MADE = "agreement.remark_made"
    REMARK_ANSWERED = "agreement.remark_answered"
    ORGANIZATION_SUSPENDED = "organization.suspended"
    SUSPENSION_LIFTED = "organization.suspension_lifted"
    PARTNER_IMPORT_UPLOADED = "partner_import.uploaded"
    PARTNER_IMPORT_STARTED = "partner_import.started"
    PARTNER_INVITED = "invitation.partner_invited"
    INVITATIONS_STARTED = "invitation_batch.started"
    ROLE_GIVEN = "role.given"
    INVITATION_SENT = "invitation.sent"
    DRAFT_LAPSING = "draft.lapsing"
    PARTNER_LAPSING = "partner.lapsing"
    PARTNER_LAPSED = "partner.lapsed"
    DISPOSAL_STARTED = "disposal.started"
    LAPSE_BEGAN = "lapse.began"
    LAPSE_BITES = "lapse.bites"
    LAPSE_AT_SCHOOL = "lapse.at_school"
    LAPSE_MENDED = "lapse.mended"
    LAPSE_REMINDED = "lapse.reminded"
    WAIVER_ASKED = "waiver.asked"
    WAIVER_GIVEN = "waiver.given"
    WAIVER_DECLINED = "waiver.declined"
    WAIVER_TAKEN_BACK = "waiver.taken_back"
    COPY_ASKED = "copy.asked"
    ACCOUNT_MAIL = "account.mail"
    OWNERSHIP_OFFERED = "ownership.offered"
    OWNERSHIP_TAKEN = "ownership.taken"
    OWNERSHIP_DECLINED = "ownership.declined"
    SPONSORSHIP_ASKED = "sponsorship.asked"
    SPONSORSHIP_CONFIRMED = "sponsorship.confirmed"
    SPONSORSHIP_DECLINED = "sponsorship.declined"
    SPONSORSHIP_ENDED = "sponsorship.ended"
    ORGANIZATIONS_MERGED = "organizations.merged"
    EMAIL_CHANGE_ASKED = "email_change.asked"
    EMAIL_CHANGED = "email_change.done"
    SIGN_OFF_ASKED = "sign_off.asked"
    SIGNED_OFF = "sign_off.given"
    ENTRY_TO_CONFIRM = "entry.to_confirm"
    DUPLICATES_SOUGHT = "duplicates.sought"
    DOCUMENT_CHECK_WANTED = "document.check_wanted"
    DAILY_MAIL = "daily.mail"
    REGISTRATION_ENDING = "reminder.registration_ending"
    LISTING_ENDING = "reminder.listing_ending"
    DOCUMENT_ENDING = "reminder.document_ending"
    AGREEMENT_ENDING = "reminder.agreement_ending"
    ROUND_CLOSING = "reminder.round_closing"
    REQUEST_DUE = "reminder.request_due"
    SIGNATURE_WAITING = "reminder.signature_waiting"
    INVITATION_WAITING = "reminder.invitation_waiting"


JOBS = frozenset(
    {
        Event.AGREEMENT_FULLY_SIGNED,
        Event.BULK_STARTED,
        Event.SIGNING_BATCH_STARTED,
        Event.RENEWAL_RUN_STARTED,
        Event.COPY_ASKED,
        Event.DISPOSAL_STARTED,
        Event.PARTNER_IMPORT_UPLOADED,
        Event.PARTNER_IMPORT_STARTED,
        Event.INVITATIONS_STARTED,
        Event.DUPLICATES_SOUGHT,
        Event.DOCUMENT_CHECK_WANTED,
        Event.YEAR_FILE_ASKED,
    }
)
"""Events that are work for the worker rather than mail to a person."""
