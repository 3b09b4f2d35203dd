"""Kinds of documents: what each is for, what a good one looks like, what is asked about it and when it runs out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from vetting.calendar_days import add_months, school_year_bounds, school_year_of
from vetting.data.conditions import Condition, read_condition
from vetting.data.lanes import load_lanes
from vetting.data.reading import Header, Node, content_hash, content_of, keyed, read_header

Member = TypeVar("Member", bound=StrEnum)

EVIDENCE_TYPES = "documents/evidence-types-1.yaml"


class Expiry(StrEnum):
    """What decides the last day on which a document is good."""

    NEVER = "never"
    ON_CHANGE = "on_change"
    PRINTED_DATE = "printed_date"
    MONTHS_FROM_ISSUE = "months_from_issue"
    FISCAL_YEAR_END = "fiscal_year_end"
    MONTHS_FROM_FISCAL_YEAR_END = "months_from_fiscal_year_end"
    SCHOOL_YEAR_END = "school_year_end"
    PER_PERSON = "per_person"
    PROGRAM_END = "program_end"
    ROUND_END = "round_end"
    PER_CONTRACT = "per_contract"
    DISTRICT_SETTING = "district_setting"


class Group(StrEnum):
    """Where a document belongs on screen."""

    LEGAL = "legal"
    MONEY = "money"
    INSURANCE = "insurance"
    PEOPLE = "people"
    SAFETY = "safety"
    DATA = "data"
    PROGRAM = "program"
    AGREEMENT = "agreement"


class Sensitivity(StrEnum):
    """Who may open a document: everyone on the case, those in charge and its lane, or the director and its lane.

    The last is for what may hold a personal tax id; ``OPENS`` in the policy is the table of it.
    """

    ORDINARY = "ordinary"
    RESTRICTED = "restricted"
    HIGH = "high"


class Asked(StrEnum):
    """A fact asked about a document beside the file. `amount_per_occurrence` is money in cents."""

    ISSUER = "issuer"
    POLICY_NUMBER = "policy_number"
    ISSUED_ON = "issued_on"
    VALID_FROM = "valid_from"
    VALID_UNTIL = "valid_until"
    FISCAL_YEAR_END = "fiscal_year_end"
    AMOUNT_PER_OCCURRENCE = "amount_per_occurrence"


class Format(StrEnum):
    """A file format that can be accepted. It is decided by content."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"
    DOCX = "docx"
    XLSX = "xlsx"


class Uploader(StrEnum):
    """Who brings the document."""

    APPLICANT = "applicant"
    STAFF = "staff"


class Instead(StrEnum):
    """What else answers for a kind of document: a number we keep, or a list that is kept here."""

    VENDOR_NUMBER = "vendor_number"
    CLEARED_PEOPLE = "cleared_people"


class Risk(StrEnum):
    """How much hangs on a document that an approval rests on; the settings say what happens when it runs out."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Basis(StrEnum):
    """Whether the rule follows a published one or is an example."""

    VERIFIED = "verified"
    EXAMPLE = "example"


@dataclass(frozen=True, slots=True)
class ExpiryRule:
    """When a document runs out; `recheck_months` asks to look again at one that does not."""

    rule: Expiry
    months: int | None
    recheck_months: int | None


@dataclass(frozen=True, slots=True)
class EvidenceType:
    """One kind of document. `max_bytes` limits the file; `min_amount_cents` the cover it must show.

    `lane` is the special knowledge that checking it takes (empty: none), `returns` are ready-made reasons for sending
    it back.
    """

    key: str
    name: str
    group: Group
    help: str
    good_example: str
    asks: tuple[Asked, ...]
    expiry: ExpiryRule
    formats: tuple[Format, ...]
    max_bytes: int
    sensitivity: Sensitivity
    uploaded_by: Uploader
    required_if: Condition | None
    min_amount_cents: int | None
    must_match: str | None
    risk: Risk
    waivable: bool
    lane: str
    instead: Instead | None
    returns: tuple[str, ...]
    basis: Basis
    source: str | None


@dataclass(frozen=True, slots=True)
class EvidenceTypes:
    """One version of the list. `other` names what reviewers may cite that is not an uploaded document."""

    header: Header
    documents: Mapping[str, EvidenceType]
    other: Mapping[str, str]
    content_hash: str

    @property
    def keys(self) -> frozenset[str]:
        """Everything that a standard may name as evidence."""
        return frozenset(self.documents) | frozenset(self.other)


@dataclass(frozen=True, slots=True)
class DocumentDates:
    """The dates known about one document and its surroundings; local dates, None where not known."""

    issued_on: date | None = None
    valid_until: date | None = None
    fiscal_year_end: date | None = None
    scope_ends_on: date | None = None
    """Last day of the program, round or contract that the document belongs to."""


def last_good_day(kind: EvidenceType, dates: DocumentDates) -> date | None:
    """The last local day on which a document of this kind is good; None when it does not run out by itself.

    A printed end date always wins when it comes earlier. A date that the rule needs and that is not known gives the
    printed end date or None; `missing_dates` tells.
    """
    by_rule = _by_rule(kind.expiry, dates)
    known = [day for day in (by_rule, dates.valid_until) if day is not None]
    return min(known) if known else None


def missing_dates(kind: EvidenceType, dates: DocumentDates) -> tuple[Asked, ...]:
    """The dates that this kind of document asks for and that were not given."""
    given: dict[Asked, date | None] = {
        Asked.ISSUED_ON: dates.issued_on,
        Asked.VALID_UNTIL: dates.valid_until,
        Asked.FISCAL_YEAR_END: dates.fiscal_year_end,
    }
    return tuple(asked for asked in kind.asks if asked in given and given[asked] is None)


@cache
def load_evidence_types(name: str = EVIDENCE_TYPES) -> EvidenceTypes:
    """The list in the data file `name`. Raises DataError."""
    return evidence_types_from(content_of(name), name)


def kinds_answered_by(instead: Instead) -> list[str]:
    """The kinds of document that this answers for."""
    return [kind.key for kind in load_evidence_types().documents.values() if kind.instead is instead]


def evidence_types_from(content: Mapping[str, Any], source: str) -> EvidenceTypes:
    """The list that `content` describes; `source` names it in errors. Raises DataError."""
    root = Node(content, source)
    header = read_header(root)
    max_bytes = root.integer("default_max_bytes", minimum=1)
    formats = _members(root, "default_formats", Format)
    other: dict[str, str] = {}
    for node in root.nodes("other_evidence"):
        other[node.text("key")] = node.text("name")
        node.finish()
    returns = _returns(root.node("returns"))
    documents = [_document(node, max_bytes, formats, returns) for node in root.nodes("documents")]
    root.finish()
    by_key = keyed(documents, lambda document: document.key, root, "documents")
    for document in documents:
        if document.must_match is not None and document.must_match not in by_key:
            raise root.error("documents", f"{document.key} must match {document.must_match}, which is not in the list")
    return EvidenceTypes(header, MappingProxyType(by_key), MappingProxyType(other), content_hash(content))


def _by_rule(expiry: ExpiryRule, dates: DocumentDates) -> date | None:
    anchors: dict[Expiry, date | None] = {
        Expiry.PRINTED_DATE: dates.valid_until,
        Expiry.MONTHS_FROM_ISSUE: dates.issued_on,
        Expiry.DISTRICT_SETTING: dates.issued_on,
        Expiry.PER_PERSON: dates.issued_on,
        Expiry.FISCAL_YEAR_END: dates.fiscal_year_end,
        Expiry.MONTHS_FROM_FISCAL_YEAR_END: dates.fiscal_year_end,
        Expiry.PROGRAM_END: dates.scope_ends_on,
        Expiry.ROUND_END: dates.scope_ends_on,
        Expiry.PER_CONTRACT: dates.scope_ends_on,
    }
    if expiry.rule is Expiry.SCHOOL_YEAR_END:
        return school_year_bounds(school_year_of(dates.issued_on))[1] if dates.issued_on else None
    anchor = anchors.get(expiry.rule)
    return add_months(anchor, expiry.months) if anchor is not None and expiry.months else anchor


def _returns(node: Node) -> Mapping[str, tuple[str, ...]]:
    """Ready-made reasons by group; those for every kind under `all`."""
    found = {key: node.texts(key) for key in ("all", *Group) if node.has(key)}
    node.finish()
    return found


def _document(
    node: Node, default_bytes: int, default_formats: tuple[Format, ...], returns: Mapping[str, tuple[str, ...]]
) -> EvidenceType:
    basis = node.choice("basis", Basis)
    source = node.optional_text("source")
    if basis is Basis.VERIFIED and source is None:
        raise node.error("source", "a verified rule names its source in words")
    group = node.choice("group", Group)
    own = node.texts("returns") if node.has("returns") else ()
    document = EvidenceType(
        key=node.text("key"),
        name=node.text("name"),
        group=group,
        help=node.text("help"),
        good_example=node.text("good_example"),
        asks=_members(node, "asks", Asked),
        expiry=_expiry(node.node("expiry")),
        formats=_members(node, "formats", Format) if node.has("formats") else default_formats,
        max_bytes=node.integer("max_bytes", default_bytes, minimum=1),
        sensitivity=node.choice("sensitivity", Sensitivity, Sensitivity.ORDINARY),
        uploaded_by=node.choice("uploaded_by", Uploader, Uploader.APPLICANT),
        required_if=read_condition(node.node("required_if")) if node.has("required_if") else None,
        min_amount_cents=node.optional_integer("min_amount_cents", minimum=1),
        must_match=node.optional_text("must_match"),
        risk=node.choice("risk", Risk, Risk.LOW),
        waivable=node.flag("waivable"),
        lane=node.optional_text("lane") or "",
        instead=node.choice("instead", Instead) if node.has("instead") else None,
        returns=(*own, *returns.get(group, ()), *returns.get("all", ())),
        basis=basis,
        source=source,
    )
    node.finish()
    if document.lane and document.lane not in load_lanes():
        raise node.error("lane", f"expected one of {', '.join(load_lanes())}")
    if document.expiry.rule is Expiry.PRINTED_DATE and Asked.VALID_UNTIL not in document.asks:
        raise node.error("asks", "a document that runs out on a printed date asks for valid_until")
    if document.min_amount_cents is not None and Asked.AMOUNT_PER_OCCURRENCE not in document.asks:
        raise node.error("asks", "a document with a least amount asks for amount_per_occurrence")
    return document


def _expiry(node: Node) -> ExpiryRule:
    rule = ExpiryRule(
        node.choice("rule", Expiry),
        node.optional_integer("months", minimum=1),
        node.optional_integer("recheck_months", minimum=1),
    )
    node.finish()
    needs_months = {Expiry.MONTHS_FROM_ISSUE, Expiry.MONTHS_FROM_FISCAL_YEAR_END, Expiry.PER_PERSON}
    if rule.rule in needs_months and rule.months is None:
        raise node.error("months", "this rule needs a number of months")
    return rule


def _members(node: Node, key: str, kind: type[Member]) -> tuple[Member, ...]:
    values = node.texts(key)
    try:
        return tuple(kind(value) for value in values)
    except ValueError as error:
        raise node.error(key, f"expected only {', '.join(kind)}") from error
