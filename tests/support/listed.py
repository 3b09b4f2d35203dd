"""An import of the office's list in each of its states, brought there without a file."""

from __future__ import annotations

from datetime import timedelta

from tests.factories import Factory
from vetting import clock, refs
from vetting.models import (
    Invitation,
    InvitationBatch,
    InvitationBatchItem,
    InvitationResult,
    Organization,
    PartnerImport,
    PartnerImportItem,
    Role,
    RowPlan,
    Sheet,
    User,
)
from vetting.policy import SYSTEM
from vetting.unit_of_work import unit_of_work
from vetting.workflows.import_commands import CheckedFile


def checked(make: Factory, person: User, *, rows: int = 0) -> PartnerImport:
    """A list that was looked at, with so many new partners in it."""
    upload = PartnerImport(reference=refs.new_reference("IMP"), made_by_id=person.id, filename="list.csv")
    make.take("partner_import", upload, "upload", make.actor(person))
    with unit_of_work(make.session) as session:
        for number in range(rows):
            session.add(
                PartnerImportItem(
                    import_id=upload.id, position=number, sheet=Sheet.PARTNERS, line=number + 2, plan=RowPlan.CREATE
                )
            )
    plans = {"partners": {"create": rows}}
    make.take("partner_import", upload, "checked", SYSTEM, data=CheckedFile(rows, (), plans, "0" * 64))
    return upload


def loaded(make: Factory, person: User) -> PartnerImport:
    """A list that was loaded."""
    upload = checked(make, person, rows=1)
    make.take("partner_import", upload, "load", make.actor(person))
    make.take("partner_import", upload, "finish")
    return upload


def batch(make: Factory, person: User, upload: PartnerImport, organization: Organization) -> InvitationBatch:
    """Invitations of which one was sent."""
    made = InvitationBatch(reference=refs.new_reference("INB"), import_id=upload.id, made_by_id=person.id)
    make.take("invitation_batch", made, "plan", make.actor(person))
    invitation = Invitation(
        email="contact@brought.example",
        role=Role.ORG_OWNER,
        organization_id=organization.id,
        nonce=refs.new_code(),
        token_digest=refs.new_code(),
        expires_at=clock.now() + timedelta(days=14),
    )
    item = InvitationBatchItem(
        batch_id=made.id, position=1, organization_id=organization.id, email="contact@brought.example"
    )
    with unit_of_work(make.session) as session:
        session.add(item)
    make.take("invitation_batch", made, "start", make.actor(person))
    make.take("invitation", invitation, "bring_along")
    with unit_of_work(make.session):
        item.invitation_id, item.result, item.settled_at = invitation.id, InvitationResult.INVITED, clock.now()
    make.take("invitation_batch", made, "finish")
    return made
