"""Three people of the office who record, compare and confirm what was signed on paper."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.documents.papers import pdf_of
from tests.factories import Factory
from tests.integration.agreements.conftest import looking
from tests.support.client import CheckingClient
from tests.support.pages import text_of as text_in
from vetting import clock
from vetting.models import Agreement, PaperRecord, Role, User

Browser = Callable[..., CheckingClient]
SCAN = pdf_of("Signed by hand", "Second page")
PARTNER, LEADER, DISTRICT = "partner_signer", "school_leader", "district_signatory"
EVERYBODY = (PARTNER, LEADER, DISTRICT)


@dataclass
class Office:
    """Three people of the office at their browsers, with an agreement before them."""

    make: Factory
    session: Session
    browser_for: Browser
    people: list[User] = field(default_factory=list)
    browsers: list[CheckingClient] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("Rita Recorder", "Cora Comparer", "Sol Second"):
            person = self.make.person(name, Role.COORDINATOR)
            self.people.append(person)
            self.browsers.append(self.browser_for(person))
        self.session.commit()

    def record(self, agreement: Agreement, *, scan: bytes = SCAN, browser: int = 0, **typed: str) -> Any:
        with looking(self.session):
            places = agreement.versions[-1].signers if agreement.versions else []
            named = {f"{place.role.value}_name": place.name for place in places}
        signed_by = {f"{role}_name" for role in EVERYBODY if f"{role}_signed" in typed}
        data: dict[str, Any] = {name: value for name, value in named.items() if name in signed_by} | typed
        if scan:
            data["files"] = (io.BytesIO(scan), "signed.pdf")
        return self.browsers[browser].post(
            f"/agreements/{agreement.reference}/paper", data=data, content_type="multipart/form-data"
        )

    def recorded(self, agreement: Agreement, **typed: str) -> PaperRecord:
        answer = self.record(agreement, **typed)
        assert answer.status_code == 303, text_of(answer)
        with looking(self.session):
            return self.session.scalars(sa.select(PaperRecord).order_by(PaperRecord.id.desc())).first()  # type: ignore[return-value]

    def said(self, record: PaperRecord, step: str, browser: int, **other: str) -> Any:
        with looking(self.session):
            self.session.refresh(record)
            data = {"same": "y", "words": record.words_sha256, "version": str(record.version)}
        return self.browsers[browser].post(f"/agreements/papers/{record.reference}/{step}", data=data | other)

    def counted(self, agreement: Agreement, **typed: str) -> PaperRecord:
        record = self.recorded(agreement, **typed)
        assert self.said(record, "compare", 0).status_code == 303
        answer = self.said(record, "confirm", 1)
        assert answer.status_code == 303, text_of(answer)
        with looking(self.session):
            self.session.refresh(record)
        return record


def text_of(answer: Any) -> str:
    return text_in(answer.get_data(as_text=True))


def signed(*roles: str, on: date | None = None, **other: str) -> dict[str, str]:
    """What is typed about people who signed our text on paper; names left out are typed as they stand in the text."""
    typed = {"number": "1"}
    for role in roles:
        typed |= {
            f"{role}_signed": "y",
            f"{role}_title": "Title on paper",
            f"{role}_on": (on or clock.today()).isoformat(),
        }
    return typed | other
