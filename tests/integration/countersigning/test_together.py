"""Agreements of identical terms, signed by one act: shown whole, proven once, each signed for itself."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.integration.countersigning.conftest import Wait, district_place, give
from tests.support.client import CheckingClient
from tests.support.proving import prove
from vetting.jobs import signing_batch
from vetting.models import (
    Agreement,
    AgreementState,
    Signature,
    SignerState,
    SigningBatch,
    SigningBatchState,
    SigningItemState,
    User,
)

Desk = Callable[[User], CheckingClient]


@pytest.fixture
def alike(waits: Wait, make: Factory) -> list[Agreement]:
    """Three that say the same, at three schools, with different days and places."""
    return [waits(place=f"Room {number}", students_planned=20 + number) for number in range(3)]


def draw_up(browser: CheckingClient, agreements: list[Agreement]) -> str:
    """The address of a list of these agreements."""
    terms = agreements[0].versions[-1].terms_sha256
    data = {"terms": terms, "agreement": [one.reference for one in agreements]}
    answer = browser.post("/countersigning/together/new", data=data)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.location)


def newest(session: Session) -> SigningBatch:
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(SigningBatch).order_by(SigningBatch.id.desc())).first()  # type: ignore[return-value]


def form_of(batch: SigningBatch, **other: str) -> dict[str, str]:
    """What the signatory sends for a list."""
    from vetting.views.signing import consent_text

    consent = consent_text(batch.items[0].signer)["sha256"]
    return {
        "version": str(batch.version),
        "digest": batch.digest,
        "consent_sha256": consent,
        "agree": "y",
        "authority": "y",
        "title": "Chief of Partnerships",
        "typed_name": "Dee Signatory",
        **other,
    }


def leaves(value: Any) -> Iterator[str]:
    """Every word of a content."""
    if isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, str):
        yield value


def test_equal_words_elsewhere_are_identical_terms_and_other_words_are_not(waits: Wait, make: Factory) -> None:
    first, second = waits(place="Library"), waits(make.partner("Paper Moon"), place="Gym")
    other = waits(termination="Sixty days' notice.")
    terms = [one.versions[-1].terms_sha256 for one in (first, second, other)]
    assert terms[0] == terms[1] != ""
    assert terms[2] != terms[0]


def test_everything_that_is_signed_stands_on_the_page(dee: User, alike: list[Agreement], at_desk: Desk) -> None:
    browser = at_desk(dee)
    assert "3 agreements" in browser.get("/countersigning").get_data(as_text=True)
    address = draw_up(browser, alike)
    page = html.unescape(re.sub(r"<[^>]+>", " ", browser.get(address).get_data(as_text=True)))
    shown = " ".join(page.split())
    machine = {"schema", "role", "key", "email", "dese_id", "source", "basis"}
    for agreement in alike:
        content = agreement.versions[-1].content
        signers = [{k: v for k, v in one.items() if k not in machine} for one in content["signers"]]
        words = {
            **{k: v for k, v in content.items() if k not in machine | {"starts_on", "ends_on", "reporting_dates"}},
            "signers": signers,
            "kind": content["kind"]["name"],
            "school": content["school"]["name"],
            "organization": content["organization"]["legal_name"],
            "money": content["money"]["source_label"],
            "clauses": [[one["heading"], one["text"]] for one in content["clauses"]],
        }
        for text in leaves(words):
            assert " ".join(text.split()) in shown, text
    assert "You have opened 0 of 3 texts." in shown
    for _twice in range(2):
        opened = browser.post(f"/countersigning/{alike[0].reference}/open", data={"list": address.rpartition("/")[2]})
        assert "Opening this page signs nothing." in browser.get(opened.location).get_data(as_text=True)
    assert "You have opened 1 of 3 texts." in browser.get(address).get_data(as_text=True)


def test_one_act_signs_each_with_its_own_signature(
    dee: User, alike: list[Agreement], at_desk: Desk, session: Session, sessions: sessionmaker[Session]
) -> None:
    browser = at_desk(dee)
    address = draw_up(browser, alike)
    batch = newest(session)
    number, form = batch.id, form_of(batch)
    unproven = browser.post(address, data=form)
    assert unproven.status_code == 403, "nobody showed who they are"
    prove(browser, session, dee.email, batch.digest, address)
    assert browser.post(address, data={**form, "typed_name": "Somebody Else"}).status_code == 422
    assert browser.post(address, data={**form, "agree": ""}).status_code == 422
    assert browser.post(address, data={**form, "digest": "0" * 64}).status_code == 409
    answer = browser.post(address, data=form)
    assert answer.location == address
    assert "Being signed" in browser.get(address).get_data(as_text=True)
    assert session.scalar(sa.select(sa.func.count(Signature.id)).where(Signature.typed_name == dee.name)) == 0
    session.rollback()
    assert signing_batch.work(sessions, number, lambda: False)
    page = browser.get(address).get_data(as_text=True)
    assert "Signed together" in page
    session.expire_all()
    signatures = [district_place(session, one).signature for one in alike]
    assert [s.content_sha256 for s in signatures if s] == [one.versions[-1].content_sha256 for one in alike]
    assert len({s.proof_id for s in signatures if s}) == 1, "one proof for one act"
    assert all(s and s.address and s.method == "Password" for s in signatures)
    assert {one.state for one in alike} == {AgreementState.EXECUTING}
    again = browser.post(address, data=form)
    assert again.location == address, "sent twice it leads to the one receipt"


def test_what_changed_meanwhile_is_not_signed_and_the_rest_is(
    dee: User,
    alike: list[Agreement],
    at_desk: Desk,
    session: Session,
    sessions: sessionmaker[Session],
    make: Factory,
) -> None:
    browser = at_desk(dee)
    address = draw_up(browser, alike)
    batch = newest(session)
    number = batch.id
    form = form_of(batch)
    prove(browser, session, dee.email, batch.digest, address)
    assert browser.post(address, data=form).status_code == 303
    session.rollback()
    leader = make.actor(session.get_one(User, alike[1].created_by_id))
    make.take("agreement", session.get_one(Agreement, alike[1].id), "change_text", leader, reason="A date is wrong.")
    signing_batch.work(sessions, number, lambda: False)
    batch = newest(session)
    assert [item.state for item in batch.items] == [
        SigningItemState.SIGNED,
        SigningItemState.REFUSED,
        SigningItemState.SIGNED,
    ]
    assert batch.state is SigningBatchState.FINISHED
    assert district_place(session, alike[1]).state is SignerState.VOIDED


def test_taken_up_again_nothing_is_signed_twice(
    dee: User, alike: list[Agreement], at_desk: Desk, session: Session, sessions: sessionmaker[Session]
) -> None:
    browser = at_desk(dee)
    address = draw_up(browser, alike)
    batch = newest(session)
    number = batch.id
    prove(browser, session, dee.email, batch.digest, address)
    browser.post(address, data=form_of(batch))
    session.rollback()
    turns = iter([False, True])
    assert not signing_batch.work(sessions, number, lambda: next(turns)), "it was stopped after the first"
    states = [item.state for item in newest(session).items]
    session.rollback()
    assert states.count(SigningItemState.SIGNED) == 1
    assert signing_batch.work(sessions, number, lambda: False)
    assert signing_batch.work(sessions, number, lambda: False)
    count = sa.select(sa.func.count(Signature.id)).where(Signature.typed_name == dee.name)
    assert session.scalar(count) == 3


def test_a_list_is_of_identical_terms_that_wait_for_its_maker_and_not_too_long(
    dee: User, waits: Wait, at_desk: Desk, session: Session, make: Factory
) -> None:
    first, second = waits(), waits()
    other, early = waits(termination="Sixty days' notice."), waits(sign=False)
    browser = at_desk(dee)
    terms = first.versions[-1].terms_sha256
    for wrong in ([], [other.reference], [early.reference]):
        answer = browser.post("/countersigning/together/new", data={"terms": terms, "agreement": wrong})
        assert answer.status_code == 422, wrong
    address = draw_up(browser, [first, second])
    for stranger in (make.coordinator(), session.get_one(User, first.created_by_id)):
        session.commit()
        assert at_desk(stranger).get(address).status_code == 404
    dropped = browser.post(f"/steps/signing_batch/{newest(session).reference}/drop", data={"next": "/countersigning"})
    assert dropped.status_code == 303
    assert district_place(session, first).state is SignerState.INVITED, "dropping a list declines nothing"
    give(make, district_place(session, first))


def test_without_another_of_these_terms_there_is_no_list(dee: User, waits: Wait, at_desk: Desk) -> None:
    only = waits()
    answer = at_desk(dee).get(f"/countersigning/together/new?terms={only.versions[-1].terms_sha256}")
    assert answer.location == "/countersigning"
