"""Every workflow by name. Building this module checks every table; a wrong row keeps the program from starting."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.models.base import Base
from vetting.models.subjects import SUBJECTS
from vetting.workflows.accounts import INVITATION, ROLE_GRANT
from vetting.workflows.agreement import AGREEMENT, PARTNERSHIP, SIGNER
from vetting.workflows.application import APPLICATION, DECISION, INFORMATION_REQUEST
from vetting.workflows.clearances import CLEARANCE
from vetting.workflows.copies import OWN_COPY
from vetting.workflows.countersigning import SIGNING_BATCH, SIGNING_HOLD, SIGNING_ITEM
from vetting.workflows.deadlines import EXTENSION
from vetting.workflows.definition import Workflow
from vetting.workflows.delegations import DELEGATION, YEAR_FILE
from vetting.workflows.desk import BULK_ITEM, BULK_RUN, COVER, DESK_FEATURE, FLAG, NOTE
from vetting.workflows.evidence import EVIDENCE
from vetting.workflows.imports import INVITATION_BATCH, PARTNER_IMPORT
from vetting.workflows.lapses import LAPSE, WAIVER
from vetting.workflows.negotiation import APPROVAL, REMARK
from vetting.workflows.paper import PAPER_RECORD
from vetting.workflows.partner import DESIGNATION, PARTNER, PROGRAM, SUSPENSION
from vetting.workflows.reference import ASSESSMENT, FUND_YEAR, REFERENCE, ROUND
from vetting.workflows.relations import DUPLICATE_PAIR, EMAIL_CHANGE, OWNERSHIP_OFFER, SPONSORSHIP
from vetting.workflows.renewal_runs import RENEWAL_ITEM, RENEWAL_RUN
from vetting.workflows.retention import DISPOSAL, DISPOSAL_ITEM, LEGAL_HOLD, RETENTION_SCHEDULE
from vetting.workflows.review import ATTESTATION, CONFLICT, REVIEW

WORKFLOWS: Mapping[str, Workflow] = {
    workflow.name: workflow
    for workflow in (
        APPLICATION,
        INFORMATION_REQUEST,
        EXTENSION,
        REVIEW,
        DECISION,
        CONFLICT,
        EVIDENCE,
        CLEARANCE,
        PARTNER,
        PROGRAM,
        DESIGNATION,
        SUSPENSION,
        PARTNERSHIP,
        AGREEMENT,
        SIGNER,
        SIGNING_HOLD,
        SIGNING_BATCH,
        SIGNING_ITEM,
        RENEWAL_RUN,
        RENEWAL_ITEM,
        PAPER_RECORD,
        APPROVAL,
        REMARK,
        ROUND,
        REFERENCE,
        FUND_YEAR,
        ASSESSMENT,
        ROLE_GRANT,
        INVITATION,
        NOTE,
        FLAG,
        COVER,
        ATTESTATION,
        BULK_RUN,
        BULK_ITEM,
        DESK_FEATURE,
        OWN_COPY,
        OWNERSHIP_OFFER,
        SPONSORSHIP,
        DUPLICATE_PAIR,
        EMAIL_CHANGE,
        PARTNER_IMPORT,
        INVITATION_BATCH,
        LAPSE,
        WAIVER,
        RETENTION_SCHEDULE,
        LEGAL_HOLD,
        DISPOSAL,
        DISPOSAL_ITEM,
        DELEGATION,
        YEAR_FILE,
    )
}


def workflow_named(name: str) -> Workflow:
    """The workflow with this name. Raises KeyError."""
    return WORKFLOWS[name]


def subject_type(name: str) -> type[Base]:
    """The table of a workflow's subjects. Raises KeyError."""
    return SUBJECTS[name]
