"""The made-up documents of the made-up organizations, each a real file of the kind its type takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from vetting.calendar_days import fiscal_year_bounds, fiscal_year_of
from vetting.data.evidence_types import (
    Asked,
    DocumentDates,
    EvidenceType,
    Format,
    last_good_day,
    load_evidence_types,
)
from vetting.filetypes.sniff import MEDIA_TYPES
from vetting.jobs.demo import files
from vetting.jobs.demo.plans import OrganizationPlan, dealt, fill, organizations, read

EXTENSIONS = {Format.PDF: "pdf", Format.PNG: "png", Format.JPEG: "jpg", Format.DOCX: "docx", Format.XLSX: "xlsx"}

ROUND_TYPES = frozenset(
    {"curriculum_sample", "enrollment_process", "staffing_plan", "outcome_data", "budget", "clearance_attestation"}
    | {"reference_letter"}
)
"""Documents that come with a Portfolio application; all others come with the registration."""

COVER_DAYS = 395
WAIVED = ("lantern_fish_languages", "coi_general_liability")
ENDS_EARLY: Mapping[tuple[str, str], int] = {
    ("pretend_pediatrics", "coi_general_liability"): 5,
    ("cardboard_rocket", "coi_general_liability"): -14,
    ("borrowed_stars_camp", "coi_general_liability"): -25,
    WAIVED: -2,
}
"""Certificates that end on another day than usual, counted from today: these partners show what then happens."""

COVER_CENTS = 200_000_000


@dataclass(frozen=True)
class Paper:
    """A file with what its sender typed about it. ``until`` is the last good local day."""

    filename: str
    media_type: str
    body: bytes
    issuer: str
    valid_from: date | None
    until: date | None
    amount_cents: int | None
    details: Mapping[str, str]


class Papers:
    """Makes each document when it is asked for; the PDF pages of everybody are drawn together at the first."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.drawn: dict[tuple[str, str, int], bytes] = {}

    def paper(self, plan: OrganizationPlan, type_key: str, edition: int = 1) -> Paper:
        """A document of an organization; a later ``edition`` is one that was sent again."""
        kind = load_evidence_types().documents[type_key]
        spec = specs()[type_key]
        form = Format(spec["format"])
        issued = self.issued_on(plan, type_key, edition)
        dates, details = self._facts(kind, issued, plan.key, self._printed(plan, type_key, edition, issued))
        return Paper(
            filename=f"{type_key.replace('_', '-')}{'' if edition == 1 else '-new'}.{EXTENSIONS[form]}",
            media_type=MEDIA_TYPES[form],
            body=self._body(plan, type_key, edition, form),
            issuer=spec.get("issuer", ""),
            valid_from=issued if Asked.VALID_FROM in kind.asks else None,
            until=last_good_day(kind, dates),
            amount_cents=COVER_CENTS if Asked.AMOUNT_PER_OCCURRENCE in kind.asks else None,
            details=details,
        )

    def issued_on(self, plan: OrganizationPlan, type_key: str, edition: int = 1) -> date:
        """The local day on the document: some time before it was sent in."""
        if edition > 1:
            return self.today - timedelta(days=5)
        if type_key in ROUND_TYPES:
            return self.today - timedelta(days=(310 if plan.past else 28) + dealt(f"{plan.key}{type_key}", 12))
        return self.today - timedelta(days=plan.age + 20 + dealt(f"{plan.key}{type_key}", 9))

    def _printed(self, plan: OrganizationPlan, type_key: str, edition: int, issued: date) -> date:
        """The end that is printed on a document that names one."""
        early = ENDS_EARLY.get((plan.key, type_key)) if edition == 1 else None
        return issued + timedelta(days=COVER_DAYS) if early is None else self.today + timedelta(days=early)

    def _facts(self, kind: EvidenceType, issued: date, seed: str, until: date) -> tuple[DocumentDates, dict[str, str]]:
        year_end = fiscal_year_bounds(fiscal_year_of(issued))[1]
        printed = until if Asked.VALID_UNTIL in kind.asks else None
        known = {
            Asked.ISSUED_ON: issued.isoformat(),
            Asked.FISCAL_YEAR_END: year_end.isoformat(),
            Asked.POLICY_NUMBER: _policy_number(seed, kind.key),
        }
        details = {asked.value: known[asked] for asked in kind.asks if asked in known}
        return DocumentDates(issued_on=issued, valid_until=printed, fiscal_year_end=year_end), details

    def _body(self, plan: OrganizationPlan, type_key: str, edition: int, form: Format) -> bytes:
        title = self._title(plan, type_key)
        if form is Format.PDF:
            return self._drawn(plan, type_key, edition)
        if form is Format.XLSX:
            return files.sheet(title, specs()[type_key]["header"], self._rows(plan, type_key, edition))
        if form is Format.DOCX:
            return files.word(title, self._lines(plan, type_key, edition))
        return files.picture(self._letter(plan, type_key, edition), form)

    def _drawn(self, plan: OrganizationPlan, type_key: str, edition: int) -> bytes:
        wanted = (plan.key, type_key, edition)
        if wanted not in self.drawn:
            batch = [(plan, type_key, edition)] if self.drawn else expected()
            letters = [self._letter(*each) for each in batch]
            for (p, t, e), body in zip(batch, files.pdf_pages(letters), strict=True):
                self.drawn[p.key, t, e] = body
        return self.drawn[wanted]

    def _letter(self, plan: OrganizationPlan, type_key: str, edition: int) -> files.Letter:
        kind = load_evidence_types().documents[type_key]
        head = specs()[type_key].get("issuer", plan.name)
        return files.Letter(head, kind.name, tuple(self._lines(plan, type_key, edition)))

    def _title(self, plan: OrganizationPlan, type_key: str) -> str:
        return f"{load_evidence_types().documents[type_key].name} - {plan.name}"

    def _lines(self, plan: OrganizationPlan, type_key: str, edition: int) -> list[str]:
        spec = specs()[type_key]
        issued = self.issued_on(plan, type_key, edition)
        kind = load_evidence_types().documents[type_key]
        program = plan.programs[plan.open_program if plan.open else 0]
        lines = [fill(line, plan, program) for line in spec["text"]]
        if Asked.POLICY_NUMBER in kind.asks:
            lines.append(f"Policy number: {_policy_number(plan.key, kind.key)}.")
        lines.append(f"Issued on {issued:%B} {issued.day}, {issued.year}.")
        if Asked.VALID_UNTIL in kind.asks:
            until = self._printed(plan, type_key, edition, issued)
            lines.append(f"Good until {until:%B} {until.day}, {until.year}.")
        if Asked.AMOUNT_PER_OCCURRENCE in kind.asks:
            lines.append(f"Limit for each occurrence: {COVER_CENTS // 100:,} dollars.")
        return lines

    def _rows(self, plan: OrganizationPlan, type_key: str, edition: int) -> list[list[str | int]]:
        issued = self.issued_on(plan, type_key, edition)
        dates = {"issued": issued.isoformat(), "due": issued.replace(day=1, year=issued.year + 3).isoformat()}
        return [
            [cell.format_map(dates) if isinstance(cell, str) else cell for cell in row]
            for row in specs()[type_key]["rows"]
        ]


@cache
def specs() -> Mapping[str, Any]:
    """What each kind of document says, and as which kind of file it comes."""
    found: Mapping[str, Any] = read("papers.yaml")
    return found


def expected() -> list[tuple[OrganizationPlan, str, int]]:
    """Every PDF that may be asked for."""
    pdfs = [key for key, spec in specs().items() if spec["format"] == Format.PDF.value]
    sent_again = [(plan, "coi_general_liability", 2) for plan in organizations() if plan.registration == "replied"]
    return sent_again + [
        (plan, key, 1) for plan in organizations() for key in pdfs if key not in ROUND_TYPES or plan.past or plan.open
    ]


def _policy_number(seed: str, type_key: str) -> str:
    return f"DEMO-{dealt(f'{seed}{type_key}', 90000) + 10000}"
