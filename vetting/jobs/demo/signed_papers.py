"""A made-up agreement that its parties signed with a pen: recorded, compared once, waiting for a second person.

One of them signed with another name than the text has, and it is said why.
"""

from __future__ import annotations

from datetime import date
from io import BytesIO

from vetting.clock import local_date
from vetting.jobs.demo import files
from vetting.jobs.demo.cast import COORDINATORS
from vetting.jobs.demo.contracts import find
from vetting.jobs.demo.plans import agreements, reference
from vetting.jobs.demo.scene import Scene
from vetting.models import Document, DocumentVersion, PaperKind, Signer
from vetting.queries.paper import SCAN_KIND
from vetting.workflows.paper_commands import ComparePaper, RecordPaper, SignedOnPaper
from vetting.workflows.paper_text import begun

ON_PAPER = "orchestra_mather_next"
RECORDED, COMPARED = 1, 0
IN_THE_TEXT, ON_THE_PAPER = "Ulla", "Ursula"
WHY = "Ulla is what everybody calls her. Ursula is the name in her passport. (Made up.)"


def keep_paper(scene: Scene) -> None:
    """One coordinator recorded the scan, another compared it; a third person says whether it counts."""
    plan = next(plan for plan in agreements() if plan.key == ON_PAPER)
    agreement = find(scene, plan)
    version = agreement.versions[-1]
    day = local_date(version.frozen_at)
    signed = tuple(_signed(place, day) for place in version.signers)
    at = scene.house.moment(RECORDED, 17)
    first, second = (scene.acting(email) for email in COORDINATORS)
    lines = [f"Agreement {agreement.reference}, version {version.number}, signed with a pen by:"]
    lines += [f"{mark.name}, {mark.title}, on {day:%B} {day.day}, {day.year}" for mark in signed]
    head = agreement.organization.legal_name
    (body,) = files.pdf_pages([files.Letter(head, "A scan of the signed agreement", tuple(lines))])
    stored = scene.house.store.put(BytesIO(body), area="evidence")
    scan = DocumentVersion(
        document=Document(
            reference=reference("DOC", f"{plan.key}:{SCAN_KIND}"),
            organization_id=agreement.organization_id,
            organization=agreement.organization,
            type_key=SCAN_KIND,
            created_at=at,
        ),
        number=1,
        filename="signed-agreement.pdf",
        media_type="application/pdf",
        size=stored.size,
        sha256=stored.sha256,
        storage_key=stored.key,
        details={"issued_on": day.isoformat()},
        uploaded_by_id=first.user_id,
        created_at=at,
    )
    scene.take("evidence", scan, "receive_for", first, at)
    command = RecordPaper(PaperKind.OUR_TEXT, version.number, signed, scan)
    record = begun(scene.session, agreement, command, first.user_id or 0, at)
    record.reference = reference("PAP", plan.key)
    scene.take("paper_record", record, "record", first, at, data=command)
    seen = ComparePaper(record.words_sha256, names_looked_at=True)
    scene.take("paper_record", record, "compare", second, scene.house.moment(COMPARED, 18), data=seen)


def _signed(place: Signer, day: date) -> SignedOnPaper:
    """As it stands on the paper: one of them signed with another first name than the text has."""
    name = place.name.replace(IN_THE_TEXT, ON_THE_PAPER)
    return SignedOnPaper(place.role, name, place.title, day, "" if name == place.name else WHY)
