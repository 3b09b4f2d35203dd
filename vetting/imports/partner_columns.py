"""The three sheets of the office's list: which columns they have, what stands in them, and what is never taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from vetting.data.partner_sheets import Sheet
from vetting.data.vocabulary import Word, load_categories, load_vocabulary, word_lists
from vetting.questionnaires.form import Kind, Question
from vetting.questionnaires.loading import load_form
from vetting.text import N_

FORM = "forms/registration-1.yaml"
EXAMPLE = "EXAMPLE"
"""The keys of made-up rows in the template begin with this; they are never loaded."""

CONFIRMED, ACTIVE = "confirmed", "active"
YES, NO = "yes", "no"


class Reads(StrEnum):
    """How a cell is read."""

    ANSWER = "answer"
    KEY = "key"
    DAY = "day"
    SCHOOL = "school"
    SCHOOL_YEAR = "school_year"
    WORD = "word"
    ZIP = "zip"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``question`` is the question of the registration that it answers; ``words`` its own choices."""

    key: str
    about: str
    example: str = ""
    required: bool = False
    reads: Reads = Reads.ANSWER
    question: str = ""
    words: str = ""


def _c(key: str, about: str, example: str = "", *, required: bool = False, **more: object) -> Column:
    return Column(key, about, example, required, **more)  # type: ignore[arg-type]


KEY_ABOUT = N_("Any short name of your own, such as P-001. It stays the same when you load the list again.")

PARTNERS: tuple[Column, ...] = (
    _c("partner_key", KEY_ABOUT, "EXAMPLE-1", required=True, reads=Reads.KEY),
    _c(
        "legal_name",
        N_("As on the IRS letter or the state's papers."),
        "Made-up Harbor Arts",
        required=True,
        question="legal_name",
    ),
    _c("doing_business_as", N_("Another name that people know."), "Harbor Arts", question="doing_business_as"),
    _c(
        "organization_kind",
        N_("Choose from the list."),
        "Community-based organization",
        required=True,
        question="organization_kind",
    ),
    _c(
        "nonprofit_status",
        N_("Choose from the list."),
        "Nonprofit with its own 501(c)(3) status",
        question="nonprofit_status",
    ),
    _c(
        "tax_id",
        N_("The tax ID (EIN), nine digits, as text. Never a Social Security number."),
        "00-0000000",
        question="ein",
    ),
    _c("year_founded", N_("Four digits."), "1998", question="year_founded"),
    _c("website", N_("The web address."), "www.example.org", question="website"),
    _c("phone", N_("The main phone number."), "617-555-0100", question="organization_phone"),
    _c(
        "email",
        N_("The main address, shown to schools and families."),
        "office@example.org",
        question="organization_email",
    ),
    _c("street", N_("Street and number."), "1 Example Street", question="street"),
    _c("city", N_("City."), "Boston", question="city"),
    _c("state", N_("Two letters."), "MA", question="state"),
    _c("zip", N_("Five digits, as text, so that leading zeros stay."), "02119", reads=Reads.ZIP, question="zip"),
    _c(
        "neighborhoods_served",
        N_("Several with semicolons between them."),
        "Roxbury; Dorchester",
        question="neighborhoods_served",
    ),
    _c("mission", N_("Two or three sentences."), "We bring the arts to schools.", question="mission"),
    _c("contact_name", N_("Who is invited afterwards."), "Alex Example", question="contact_name"),
    _c("contact_title", N_("Their title."), "Director", question="contact_title"),
    _c("contact_email", N_("Where the invitation goes."), "alex@example.org", question="contact_email"),
    _c("contact_phone", N_("Their phone number."), "617-555-0101", question="contact_phone"),
    _c(
        "contact_language",
        N_("The language of the invitation. English when empty."),
        "English",
        reads=Reads.WORD,
        words="languages",
    ),
    _c(
        "partner_since",
        N_("The first day as School-Community Partner. Empty for an organization that is not one."),
        "2024-07-01",
        reads=Reads.DAY,
    ),
    _c("partner_until", N_("The last day as School-Community Partner."), "2027-06-30", reads=Reads.DAY),
)

PROGRAMS: tuple[Column, ...] = (
    _c("program_key", KEY_ABOUT, "EXAMPLE-1A", required=True, reads=Reads.KEY),
    _c("partner_key", N_("The key of its partner."), "EXAMPLE-1", required=True, reads=Reads.KEY),
    _c(
        "program_name", N_("The name of the program."), "Made-up Harbor Theater", required=True, question="program_name"
    ),
    _c(
        "short_description",
        N_("One sentence. Without it the program is not listed."),
        "Students write and stage a play.",
        question="short_description",
    ),
    _c("full_description", N_("What happens in the program."), "", question="full_description"),
    _c(
        "service_category",
        N_("Choose from the list. Without it the program is not listed."),
        "Before- and after-school enrichment: Arts",
        question="service_category",
    ),
    _c("delivery_mode", N_("Choose from the list."), "In person", question="delivery_mode"),
    _c("location_kind", N_("Choose from the list."), "At a school", question="location_kind"),
    _c("grades", N_("Such as K to 8, or 6; 7; 8. Without it the program is not listed."), "6; 7; 8", question="grades"),
    _c("max_students", N_("How many students can take part at one site."), "30", question="max_students"),
    _c("season", N_("Choose from the list."), "School year", question="season"),
    _c("days_of_week", N_("Several with semicolons between them."), "Monday; Wednesday", question="days_of_week"),
    _c("times_of_day", N_("Several with semicolons between them."), "After school", question="times_of_day"),
    _c(
        "languages_offered",
        N_("Several with semicolons between them."),
        "English; Spanish",
        question="languages_offered",
    ),
    _c("cost_to_families", N_("Choose from the list."), "Free for families", question="cost_to_families"),
    _c(
        "portfolio_category",
        N_("Only for a program in the Opportunity Portfolio: its category."),
        "",
        reads=Reads.WORD,
        words="categories",
    ),
    _c("portfolio_from", N_("The first day in the Portfolio."), "", reads=Reads.DAY),
    _c("portfolio_until", N_("The last day in the Portfolio."), "", reads=Reads.DAY),
)

PARTNERSHIPS: tuple[Column, ...] = (
    _c("program_key", N_("The key of the program."), "EXAMPLE-1A", required=True, reads=Reads.KEY),
    _c(
        "dese_id",
        N_("The state's id of the school, eight digits, as text."),
        "00350001",
        required=True,
        reads=Reads.SCHOOL,
    ),
    _c("school_year", N_("This school year or the next one."), "2026-27", required=True, reads=Reads.SCHOOL_YEAR),
    _c(
        "state",
        N_("Confirmed, or active where an agreement on paper is in force."),
        "Confirmed",
        required=True,
        reads=Reads.WORD,
        words="partnership_states",
    ),
    _c("district_money", N_("Yes where the school pays with district money."), "No", reads=Reads.WORD, words="yes_no"),
    _c("money_from", N_("The first day for which it pays."), "", reads=Reads.DAY),
    _c("money_until", N_("The last day for which it pays."), "", reads=Reads.DAY),
)

COLUMNS: Mapping[Sheet, tuple[Column, ...]] = MappingProxyType(
    {Sheet.PARTNERS: PARTNERS, Sheet.PROGRAMS: PROGRAMS, Sheet.PARTNERSHIPS: PARTNERSHIPS}
)

OWN_WORDS: Mapping[str, tuple[Word, ...]] = MappingProxyType(
    {
        "partnership_states": (Word(CONFIRMED, N_("Confirmed")), Word(ACTIVE, N_("Active"))),
        "yes_no": (Word(YES, N_("Yes")), Word(NO, N_("No"))),
    }
)

_NEVER_TAKEN = re.compile(
    r"(?:^|_)(?:(?:students?|child(?:ren)?|pupils?)_(?:names?|first|last|ids?|numbers?|emails?|phones?|address|birth\w*)"
    r"|sasid|lasid|dob|date_of_birth|birth_?da(?:te|y)s?|iep|504_plan|guardians?|parents?_(?:names?|emails?|phones?)"
    r"|ssn|social_security\w*|i?cori|sori|fingerprint\w*|(?:background|criminal)_(?:checks?|records?|history))(?:_|$)"
)
_SIGNS = re.compile(r"[^a-z0-9]+")


def never_taken(heading: str) -> bool:
    """Whether a column under this heading holds facts of single students, or results of background checks."""
    return _NEVER_TAKEN.search(_SIGNS.sub("_", heading.lower()).strip("_")) is not None


CHOOSES = frozenset({Kind.CHOICE, Kind.CHOICES})


@cache
def questions() -> Mapping[str, Question]:
    """The questions of the registration as it ships, by key."""
    return MappingProxyType({question.key: question for question in load_form(FORM).questions})


@cache
def words_of(column: Column) -> tuple[tuple[str, str], ...]:
    """The choices of a column, each with the words that stand in the sheet; empty where anything may stand there."""
    if column.words == "categories":
        return tuple((category.key, category.name) for category in load_categories().categories)
    if column.words:
        found = OWN_WORDS.get(column.words) or load_vocabulary()[column.words].items
        return tuple((word.key, word.name) for word in found)
    question = questions().get(column.question)
    if question is None or question.kind not in CHOOSES:
        return ()
    words = word_lists()[question.choices_from].items if question.choices_from else question.choices
    return tuple((word.key, shown(word)) for word in words)


def shown(word: Word) -> str:
    """A choice in words. Two services may have one name, so their category comes first."""
    return f"{word.group}: {word.name}" if word.group and word.group != word.name else word.name


@cache
def several(column: Column) -> bool:
    """Whether a cell may hold several choices."""
    question = questions().get(column.question)
    return question is not None and question.kind is Kind.CHOICES
