"""A signed paper on its way into the record of an agreement."""

from __future__ import annotations

from collections.abc import Mapping

from tests.factories import Factory
from vetting import clock
from vetting.models import Agreement, PaperKind, SignerRole, User
from vetting.queries.paper import SCAN_KIND
from vetting.workflows.paper_commands import RecordPaper, SignedOnPaper
from vetting.workflows.paper_text import begun


def signed_paper(make: Factory, people: Mapping[str, User], agreement: Agreement) -> str:
    """The reference of a scan with the first signature, which nobody has compared yet."""
    office = make.actor(people["director"])
    scan = make.document(agreement.organization, SCAN_KIND)
    first = agreement.versions[-1].signers[0]
    command = RecordPaper(
        PaperKind.OUR_TEXT,
        agreement.current_number,
        (SignedOnPaper(SignerRole.PARTNER_SIGNER, first.name, first.title, clock.today()),),
        scan,
    )
    record = begun(make.session, agreement, command, people["director"].id, clock.now())
    make.take("paper_record", record, "record", office, data=command)
    return record.reference
