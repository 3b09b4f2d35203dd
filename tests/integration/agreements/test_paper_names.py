"""The name on a paper is compared with the one in the text; a difference counts only with a reason."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.agreements.conftest import looking
from tests.integration.agreements.paper_office import EVERYBODY, PARTNER, Browser, Office, signed, text_of
from tests.support.stored import body_of
from vetting import clock
from vetting.models import ExecutedDocument, PaperKind, PaperRecord, PaperState, SignerRole
from vetting.queries.paper import SCAN_KIND
from vetting.workflows.engine import StepRefused
from vetting.workflows.paper_commands import RecordPaper, SignedOnPaper
from vetting.workflows.paper_text import begun

OTHER = {"partner_signer_name": "Samantha Writer"}
DIFFERENCE = "The text names Sam Signer, the paper says Samantha Writer."
WHY = "She married in May."


@pytest.fixture
def office(make: Factory, session: Session, browser_for: Browser) -> Office:
    return Office(make, session, browser_for)


@pytest.mark.parametrize("name", ["S. Signer", "SIGNER, Sam", "Säm Signér", "Dr. Sam J. Signer"])
def test_a_name_written_another_way_is_the_same_name(
    name: str, office: Office, make: Factory, session: Session
) -> None:
    record = office.counted(make.sent(), **signed(PARTNER, partner_signer_name=name))
    assert record.state is PaperState.CONFIRMED


def test_another_name_is_asked_about_and_counts_with_a_reason_that_three_people_stand_for(
    app: Flask, office: Office, make: Factory, session: Session, execute: Callable[[int], None]
) -> None:
    agreement = make.sent()
    asked = office.record(agreement, **signed(*EVERYBODY, **OTHER))
    assert asked.status_code == 422
    assert DIFFERENCE in text_of(asked)
    page = asked.get_data(as_text=True)
    assert 'name="held"' in page
    assert page.count("Why the name on the paper differs") == 1

    record = office.recorded(agreement, **signed(*EVERYBODY, **OTHER, partner_signer_why=WHY))
    for step, browser in (("compare", 0), ("confirm", 1)):
        address = f"/agreements/papers/{record.reference}"
        shown = office.browsers[browser].get(address)
        assert f"{DIFFERENCE} The reason given: {WHY}" in text_of(shown)
        form = shown.get_data(as_text=True).partition(f'action="{address}/{step}"')[2].partition("</form>")[0]
        assert ('name="same"' in form, 'name="names"' in form) == (True, True), "what is asked for can be given"
        without = office.said(record, step, browser)
        assert (without.status_code, "Tick this if it is the same person" in text_of(without)) == (422, True)
        assert office.said(record, step, browser, names="y").status_code == 303
    execute(agreement.id)

    assert f"Why the names differ: {WHY}" in text_of(office.browsers[2].get(f"/agreements/{agreement.reference}"))
    with looking(session):
        document = session.scalars(sa.select(ExecutedDocument)).one()
    with pikepdf.open(io.BytesIO(body_of(app.extensions["store"], document.storage_key))) as pdf:
        kept = json.loads(pdf.attachments["audit.json"].get_file().read_bytes())
    assert WHY in json.dumps(kept)


def test_a_reason_is_kept_only_where_the_names_differ(office: Office, make: Factory, session: Session) -> None:
    record = office.recorded(make.sent(), **signed(PARTNER, partner_signer_why="typed before the name was mended"))
    with looking(session):
        assert [mark.name_reason for mark in record.signatures] == [""]


def test_no_way_around_the_form_makes_another_name_count(make: Factory, session: Session) -> None:
    agreement, clerk = make.sent(), make.coordinator()
    scan = make.document(agreement.organization, SCAN_KIND)
    mark = SignedOnPaper(SignerRole.PARTNER_SIGNER, "Samantha Writer", "", clock.today())
    command = RecordPaper(PaperKind.OUR_TEXT, 1, (mark,), scan)
    record = begun(session, agreement, command, clerk.id, clock.now())
    with pytest.raises(StepRefused, match=DIFFERENCE):
        make.take("paper_record", record, "record", make.actor(clerk), data=command)
    session.rollback()
    assert session.scalars(sa.select(PaperRecord)).all() == []
