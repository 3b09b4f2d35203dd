"""Every workflow by name. Building this module checks every table; a wrong row keeps the program from starting."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.models import (
    Agreement,
    Application,
    Assessment,
    Conflict,
    Decision,
    Designation,
    DocumentVersion,
    FundYear,
    InformationRequest,
    Invitation,
    Organization,
    Partnership,
    Program,
    ReferenceVersion,
    Review,
    RoleGrant,
    Round,
    Signer,
    Suspension,
)
from vetting.models.base import Base
from vetting.workflows.accounts import INVITATION, ROLE_GRANT
from vetting.workflows.agreement import AGREEMENT, PARTNERSHIP, SIGNER
from vetting.workflows.application import APPLICATION, DECISION, INFORMATION_REQUEST
from vetting.workflows.definition import Workflow
from vetting.workflows.evidence import EVIDENCE
from vetting.workflows.partner import DESIGNATION, PARTNER, PROGRAM, SUSPENSION
from vetting.workflows.reference import ASSESSMENT, FUND_YEAR, REFERENCE, ROUND
from vetting.workflows.review import CONFLICT, REVIEW

SUBJECTS: Mapping[Workflow, type[Base]] = {
    APPLICATION: Application,
    INFORMATION_REQUEST: InformationRequest,
    REVIEW: Review,
    DECISION: Decision,
    CONFLICT: Conflict,
    EVIDENCE: DocumentVersion,
    PARTNER: Organization,
    PROGRAM: Program,
    DESIGNATION: Designation,
    SUSPENSION: Suspension,
    PARTNERSHIP: Partnership,
    AGREEMENT: Agreement,
    SIGNER: Signer,
    ROUND: Round,
    REFERENCE: ReferenceVersion,
    FUND_YEAR: FundYear,
    ASSESSMENT: Assessment,
    ROLE_GRANT: RoleGrant,
    INVITATION: Invitation,
}

WORKFLOWS: Mapping[str, Workflow] = {workflow.name: workflow for workflow in SUBJECTS}


def workflow_named(name: str) -> Workflow:
    """The workflow with this name. Raises KeyError."""
    return WORKFLOWS[name]


def subject_type(name: str) -> type[Base]:
    """The table of a workflow's subjects. Raises KeyError."""
    return SUBJECTS[WORKFLOWS[name]]
