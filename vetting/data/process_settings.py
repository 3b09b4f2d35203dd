"""Process settings: how many reviewers, how long each stage takes, when reminders go out. A case pins their version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from vetting.data.evidence_types import Risk
from vetting.data.reading import Header, Node, content_hash, content_of, read_header

PROCESS_SETTINGS = "settings-1.yaml"

ESCALATE_AFTER = 3
"""Business days past its due date after which a case is reported as late, where a version does not say."""

RENEWAL_DAYS, DRAFT_MONTHS = 60, 6
"""Days before the end of a designation from which it can be renewed, and months after which a draft that nobody
touches lapses, where a version does not say."""

ROUND_DAYS = (14, 3, 1)
INVITATION_DAYS = (3,)
EXTENSION_DAYS = 5
DOCUMENT_DAYS = (90, 60, 30, 7)
CHECK_DAYS = (30, 7)
FORESEE_DAYS = 14
WAIVER_DAYS = 5
OFFER_DAYS = 14
ORGANIZATION_BYTES = 2 * 1024**3
"""What holds under a version of the settings that is older than these keys."""


class PortfolioBeforeFunding(StrEnum):
    """Whether a program must be in the Opportunity Portfolio before a school pays for it."""

    OFF = "off"
    WARN = "warn"
    REQUIRE = "require"


class RatingDepth(StrEnum):
    """What reviewers look at."""

    MUST_HAVES = "must_haves"
    EVERY_INDICATOR = "every_indicator"


class Counts(StrEnum):
    """From when on a document counts: as soon as we have it, or once somebody accepted it."""

    RECEIVED = "received"
    ACCEPTED = "accepted"


class BuyingRule(StrEnum):
    """What the law asks before something of this price is bought."""

    SOUND_BUSINESS_PRACTICE = "sound_business_practice"
    THREE_WRITTEN_QUOTES = "three_written_quotes"
    SEALED_BIDS_OR_PROPOSALS = "sealed_bids_or_proposals"


APPROVING_ROLES = ("finance", "director", "coordinator", "risk", "data_privacy")
"""Roles in the office that may be asked for a yes before an agreement is sent."""


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """How one kind of application is reviewed."""

    reviewers: int
    separate_releaser: bool
    rating: RatingDepth


@dataclass(frozen=True, slots=True)
class PortfolioSettings:
    """Defaults of a round."""

    min_years_operating: int
    similar_urban_setting_counts: bool
    one_application_per_category: bool
    max_subcategories_per_program: int


@dataclass(frozen=True, slots=True)
class FundDefaults:
    """Defaults of a fund year. The threshold is in hundredths of the index."""

    need_weight: str
    threshold_hundredths: int
    transition_minimum_percent: int
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcurementBand:
    """A buying rule from this many cents on; `warn_percent` of the next band's start is when to warn.

    `approvals` are the roles that say yes, in order. It holds from local day `from_day` to `until_day`, both included.
    """

    from_cents: int
    rule: BuyingRule
    warn_percent: int
    approvals: tuple[str, ...] = ()
    from_day: date = date.min
    until_day: date = date.max

    def holds_on(self, day: date) -> bool:
        return self.from_day <= day <= self.until_day


@dataclass(frozen=True, slots=True)
class Ratio:
    """The most students for one adult in these grades."""

    grades: tuple[str, ...]
    students_per_adult: int


@dataclass(frozen=True, slots=True)
class Retention:
    """How many years a kind of record is kept, and from when."""

    years: int
    start: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Grace:
    """Days of grace before new agreements are blocked and the listing is hidden; None where that never happens."""

    block: int | None
    hide: int | None


@dataclass(frozen=True, slots=True)
class LapseRules:
    """What happens when a document runs out that an approval rests on, by the risk of its kind.

    ``foresee_days`` local days before, it stands on the office's page of what is about to happen.
    """

    counts: Counts
    foresee_days: int
    grace: Mapping[Risk, Grace]


@dataclass(frozen=True, slots=True)
class Reminders:
    """Days before a date on which one reminder is sent, largest first; and the rules of a deadline.

    ``deadline_grace_minutes`` are added to every deadline; for ``extension_days`` local days after its end the office
    may still give one applicant more time.
    """

    information_request_days: tuple[int, ...]
    expiry_days: tuple[int, ...]
    document_days: tuple[int, ...]
    check_days: tuple[int, ...]
    signature_days: tuple[int, ...]
    round_days: tuple[int, ...]
    invitation_days: tuple[int, ...]
    deadline_grace_minutes: int
    extension_days: int


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """One version of the settings. Days due are business days, by stage."""

    header: Header
    district_name: str
    registration: ReviewSettings
    portfolio: ReviewSettings
    round_defaults: PortfolioSettings
    signing_order: tuple[str, ...]
    signature_days: int
    batch_most: int
    delegates_sign: bool
    portfolio_before_funding: PortfolioBeforeFunding
    registration_months: int
    inactivity_months: int
    renewal_days: int
    draft_months: int
    separation_by_reporting_line: bool
    emergency_review_business_days: int
    escalate_after_business_days: int
    ownership_offer_days: int
    due_business_days: Mapping[str, int]
    reminders: Reminders
    lapses: LapseRules
    waiver_business_days: int
    fund: FundDefaults
    procurement: tuple[ProcurementBand, ...]
    ratios: tuple[Ratio, ...]
    max_upload_bytes: int
    max_files_per_case: int
    organization_bytes: int
    small_cell_below: int
    retention: Mapping[str, Retention]
    content_hash: str


@cache
def load_process_settings(name: str = PROCESS_SETTINGS) -> ProcessSettings:
    """The settings in the data file `name`. Raises DataError."""
    return process_settings_from(content_of(name), name)


def process_settings_from(content: Mapping[str, Any], source: str) -> ProcessSettings:
    """The settings that `content` describes; `source` names it in errors. Raises DataError."""
    root = Node(content, source)
    groups = (
        "registration",
        "portfolio",
        "agreement",
        "partner_path",
        "reminders",
        "on_expiry",
        "waivers",
        "fund",
        "uploads",
        "reporting",
    )
    node = {key: root.node(key) for key in groups}
    path, due = node["partner_path"], root.node("due_business_days")
    settings = ProcessSettings(
        header=read_header(root),
        district_name=root.text("district_name"),
        registration=_review(node["registration"]),
        portfolio=_review(node["portfolio"]),
        round_defaults=_round(node["portfolio"]),
        signing_order=node["agreement"].texts("signing_order"),
        signature_days=node["agreement"].integer("signature_days", minimum=1),
        batch_most=node["agreement"].integer("batch_most", minimum=2),
        delegates_sign=node["agreement"].flag("delegates_sign"),
        portfolio_before_funding=path.choice("portfolio_before_funding", PortfolioBeforeFunding),
        registration_months=path.integer("registration_months", minimum=1),
        inactivity_months=path.integer("inactivity_months", minimum=1),
        renewal_days=path.integer("renewal_days", RENEWAL_DAYS, minimum=1, maximum=365),
        draft_months=path.integer("draft_months", DRAFT_MONTHS, minimum=2, maximum=60),
        separation_by_reporting_line=root.flag("separation_by_reporting_line"),
        emergency_review_business_days=root.integer("emergency_review_business_days", minimum=1),
        ownership_offer_days=root.integer("ownership_offer_days", OFFER_DAYS, minimum=1, maximum=90),
        escalate_after_business_days=root.integer(
            "escalate_after_business_days", ESCALATE_AFTER, minimum=1, maximum=60
        ),
        due_business_days=MappingProxyType({stage: due.integer(stage, minimum=1) for stage in due.value}),
        reminders=_reminders(node["reminders"]),
        lapses=_lapses(node["on_expiry"]),
        waiver_business_days=node["waivers"].integer("business_days", WAIVER_DAYS, minimum=1, maximum=60),
        fund=_fund(node["fund"]),
        procurement=_bands(root),
        ratios=tuple(_ratio(child) for child in root.nodes("ratios")),
        max_upload_bytes=node["uploads"].integer("max_bytes", minimum=1),
        max_files_per_case=node["uploads"].integer("max_files_per_case", minimum=1),
        organization_bytes=node["uploads"].integer("organization_bytes", ORGANIZATION_BYTES, minimum=1),
        small_cell_below=node["reporting"].integer("small_cell_below", minimum=1),
        retention=_retention(root.node("retention_years")),
        content_hash=content_hash(content),
    )
    for child in node.values():
        child.finish()
    root.finish()
    return settings


def _review(node: Node) -> ReviewSettings:
    return ReviewSettings(
        node.integer("reviewers", minimum=1), node.flag("separate_releaser"), node.choice("rating", RatingDepth)
    )


def _round(node: Node) -> PortfolioSettings:
    return PortfolioSettings(
        node.integer("min_years_operating", minimum=0),
        node.flag("similar_urban_setting_counts"),
        node.flag("one_application_per_category"),
        node.integer("max_subcategories_per_program", minimum=1),
    )


def _reminders(node: Node) -> Reminders:
    return Reminders(
        _descending(node, "information_request_days"),
        _descending(node, "expiry_days"),
        _descending(node, "document_days", DOCUMENT_DAYS),
        _descending(node, "check_days", CHECK_DAYS),
        _descending(node, "signature_days"),
        _descending(node, "round_days", ROUND_DAYS),
        _descending(node, "invitation_days", INVITATION_DAYS),
        node.integer("deadline_grace_minutes", minimum=0),
        node.integer("extension_days", EXTENSION_DAYS, minimum=0, maximum=60),
    )


def reminders_from(content: Mapping[str, Any]) -> Reminders:
    """The part on reminders and deadlines of one stored version of the settings. Raises DataError."""
    return _reminders(Node(content, PROCESS_SETTINGS).node("reminders"))


def lapse_rules_from(content: Mapping[str, Any]) -> LapseRules:
    """The part on documents that run out of one stored version of the settings. Raises DataError."""
    return _lapses(Node(content, PROCESS_SETTINGS).node("on_expiry"))


def _lapses(node: Node) -> LapseRules:
    """A version from before there were risks blocks for documents of high risk and hides nobody."""
    grace = {risk: Grace(0 if risk is Risk.HIGH else None, None) for risk in Risk}
    if node.has("consequences"):
        given = node.node("consequences")
        for risk in Risk:
            one = given.node(risk)
            grace[risk] = Grace(one.optional_integer("block", minimum=0), one.optional_integer("hide", minimum=0))
            one.finish()
        given.finish()
    return LapseRules(
        node.choice("counts", Counts, Counts.RECEIVED),
        node.integer("foresee_days", FORESEE_DAYS, minimum=1, maximum=90),
        MappingProxyType(grace),
    )


def _descending(node: Node, key: str, default: tuple[int, ...] = ()) -> tuple[int, ...]:
    days = node.integers(key) if node.has(key) else default
    if list(days) != sorted(set(days), reverse=True) or any(day < 1 for day in days):
        raise node.error(key, "list each day once, the largest first")
    return days


def _fund(node: Node) -> FundDefaults:
    return FundDefaults(
        node.text("need_weight"),
        node.integer("threshold_hundredths", minimum=1, maximum=99),
        node.integer("transition_minimum_percent", minimum=0, maximum=100),
        node.texts("recipients"),
    )


def procurement_from(content: Mapping[str, Any]) -> tuple[ProcurementBand, ...]:
    """The buying bands of one stored version of the settings. Raises DataError."""
    return _bands(Node(content, PROCESS_SETTINGS))


def _bands(root: Node) -> tuple[ProcurementBand, ...]:
    bands = tuple(_band(child) for child in root.nodes("procurement"))
    for day in {day for band in bands for day in (band.from_day, band.until_day)}:
        starts = [band.from_cents for band in bands if band.holds_on(day)]
        if not starts or min(starts) != 0 or len(set(starts)) < len(starts):
            raise root.error("procurement", f"on {day} the bands must begin at 0 and each amount must begin one band")
    return bands


def _band(node: Node) -> ProcurementBand:
    band = ProcurementBand(
        node.integer("from_cents", minimum=0),
        node.choice("rule", BuyingRule),
        node.integer("warn_percent", minimum=1, maximum=100),
        node.texts("approvals"),
        _day(node, "from_day", date.min),
        _day(node, "until_day", date.max),
    )
    node.finish()
    for role in band.approvals:
        if role not in APPROVING_ROLES:
            raise node.error("approvals", f"{role!r} is not one of {', '.join(APPROVING_ROLES)}")
    if band.until_day < band.from_day:
        raise node.error("until_day", "lies before from_day")
    return band


def _day(node: Node, key: str, default: date) -> date:
    if not node.has(key):
        return default
    try:
        return date.fromisoformat(node.text(key))
    except ValueError:
        raise node.error(key, 'expected a day such as "2026-07-01", in quotation marks') from None


def _ratio(node: Node) -> Ratio:
    ratio = Ratio(node.texts("grades"), node.integer("students_per_adult", minimum=1))
    node.finish()
    return ratio


def _retention(root: Node) -> Mapping[str, Retention]:
    found = {}
    for key in root.value:
        node = root.node(key)
        found[key] = Retention(node.integer("years", minimum=1), node.text("from"), node.flag("verified"))
        node.finish()
    return MappingProxyType(found)
