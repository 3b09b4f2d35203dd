"""What a page asks for is what its reader can do now."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.agreements.conftest import looking
from tests.support.client import CheckingClient
from vetting.models import Role, User

Browser = Callable[[User], CheckingClient]


def test_handing_on_is_asked_only_where_there_is_somebody(
    make: Factory, session: Session, browser_for: Browser
) -> None:
    agreement = make.sent()
    with looking(session):
        signer = agreement.versions[-1].signers[0].user
    at = f"/agreements/{agreement.reference}/delegate"
    browser = browser_for(signer)
    page = browser.get(at).get_data(as_text=True)
    assert "there is nobody to hand it to" in page
    assert 'name="person"' not in page

    make.grant(make.person("Nina Next"), Role.ORG_SIGNER, organization=agreement.organization)
    session.commit()
    page = browser.get(at).get_data(as_text=True)
    assert "Nina Next" in page
    assert 'name="person"' in page


def test_a_draft_that_needs_a_check_offers_to_ask_for_it(make: Factory, session: Session, browser_for: Browser) -> None:
    school = make.school("Mather Elementary")
    leader = make.leader(school, "Lee Leader")
    make.money(school, cents=9_000_000)
    agreement = make.agreement(make.partnership(school=school), cents=1_850_000, source="partnership_fund")
    session.commit()
    at = f"/agreements/{agreement.reference}"
    page = browser_for(leader).get(at).get_data(as_text=True)
    asked = page.split('class="next-step')[1].split("</section>")[0]
    assert "Ask for a check" in asked
    assert "Go on writing" not in asked
    assert page.count("Ask for a check</button>") == 1


def test_whoever_holds_a_role_alone_is_named_as_the_signer(
    make: Factory, session: Session, browser_for: Browser
) -> None:
    agreement = make.agreement()
    with looking(session):
        leader = make._holder(Role.SCHOOL_LEADER, school=agreement.school)
        assert leader is not None
    browser, at = browser_for(leader), f"/agreements/{agreement.reference}/edit/ending"
    page = browser.get(at).get_data(as_text=True)
    assert "Nobody chosen yet" not in page
    assert "Sam Signer, Executive Director" in page

    make.grant(make.person("Nina Next"), Role.ORG_SIGNER, organization=agreement.organization)
    session.commit()
    assert browser.get(at).get_data(as_text=True).count("Nobody chosen yet") == 1


def test_the_signatory_starts_at_what_waits(make: Factory, session: Session, browser_for: Browser) -> None:
    signatory = make.person("Dee Signatory", Role.DISTRICT_SIGNATORY)
    session.commit()
    assert browser_for(signatory).get("/account/start").location == "/countersigning"
