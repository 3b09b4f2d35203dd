"""The table behind each workflow's subjects, by the workflow's name."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.models.accounts import Invitation, RoleGrant
from vetting.models.agreements import Agreement, Partnership, Signer
from vetting.models.applications import Application, InformationRequest, Round
from vetting.models.assessments import Assessment
from vetting.models.base import Base
from vetting.models.clearances import Clearance
from vetting.models.countersigning import RenewalItem, RenewalRun, SigningBatch, SigningHold, SigningItem
from vetting.models.deadlines import Extension
from vetting.models.delegations import Delegation, YearFile
from vetting.models.desk import BulkItem, BulkRun, Cover, DeskFeature, Flag, Note
from vetting.models.evidence import DocumentVersion
from vetting.models.fund import FundYear
from vetting.models.imports import InvitationBatch, PartnerImport
from vetting.models.lapses import Lapse, Waiver
from vetting.models.negotiation import Approval, Remark
from vetting.models.organizations import Designation, Organization, Program, Suspension
from vetting.models.paper import PaperRecord
from vetting.models.reference import ReferenceVersion
from vetting.models.relations import DuplicatePair, EmailChange, OwnershipOffer, Sponsorship
from vetting.models.renewals import OwnCopy
from vetting.models.retention import Disposal, DisposalItem, LegalHold, RetentionSchedule
from vetting.models.reviews import Attestation, Conflict, Decision, Review

SUBJECTS: Mapping[str, type[Base]] = {
    "application": Application,
    "information_request": InformationRequest,
    "review": Review,
    "decision": Decision,
    "extension": Extension,
    "conflict": Conflict,
    "evidence": DocumentVersion,
    "clearance": Clearance,
    "partner": Organization,
    "program": Program,
    "designation": Designation,
    "suspension": Suspension,
    "partnership": Partnership,
    "agreement": Agreement,
    "signer": Signer,
    "signing_hold": SigningHold,
    "signing_batch": SigningBatch,
    "signing_item": SigningItem,
    "renewal_run": RenewalRun,
    "renewal_item": RenewalItem,
    "paper_record": PaperRecord,
    "agreement_approval": Approval,
    "agreement_remark": Remark,
    "round": Round,
    "reference": ReferenceVersion,
    "fund_year": FundYear,
    "assessment": Assessment,
    "role_grant": RoleGrant,
    "invitation": Invitation,
    "note": Note,
    "flag": Flag,
    "cover": Cover,
    "attestation": Attestation,
    "bulk_run": BulkRun,
    "bulk_item": BulkItem,
    "desk_feature": DeskFeature,
    "ownership_offer": OwnershipOffer,
    "sponsorship": Sponsorship,
    "duplicate_pair": DuplicatePair,
    "email_change": EmailChange,
    "own_copy": OwnCopy,
    "partner_import": PartnerImport,
    "invitation_batch": InvitationBatch,
    "lapse": Lapse,
    "waiver": Waiver,
    "retention_schedule": RetentionSchedule,
    "legal_hold": LegalHold,
    "disposal": Disposal,
    "disposal_item": DisposalItem,
    "delegation": Delegation,
    "year_file": YearFile,
}
