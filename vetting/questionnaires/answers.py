"""Read what a person typed into a stored value, or say in plain words what to do instead.

Lengths are counted as browsers count them for `maxlength`: UTF-16 code units, with a line break as one. So a text that
the browser let through is never refused for its length here, whatever line ends the network brought.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from urllib.parse import urlsplit

from vetting.questionnaires.ein import read_ein
from vetting.questionnaires.form import Kind, Question
from vetting.questionnaires.refused import refused_content
from vetting.text import N_, Message, dollars, say

Value = str | int | list[str]
Raw = str | Sequence[str] | None

EARLIEST_YEAR, LATEST_YEAR = 1600, 2100
# Larger numbers are typing mistakes, and would not survive every reader of JSON.
LARGEST = 10**12

_DIGITS = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)")
_MONEY = re.compile(r"\$?\s*([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]{2}))?")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE)
_PHONE = re.compile(
    r"(?:\+?1[\s.-]*)?\(?([2-9][0-9]{2})\)?[\s.-]*([0-9]{3})[\s.-]*([0-9]{4})(?:\s*(?:x|ext\.?)\s*([0-9]{1,6}))?",
    re.IGNORECASE,
)
# Characters that reverse or hide text, and control characters other than tab and line break.
_HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Answer:
    """A value to store; None when the question was left empty and may be."""

    value: Value | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with what was typed. The typed text stays with the page."""

    message: Message


class _Unreadable(Exception):
    def __init__(self, text: str, **values: str | int | Message) -> None:
        self.message = say(text, **values)
        super().__init__(str(self.message))


def validate_answer(question: Question, raw: Raw) -> Answer | Problem:
    """The stored value of what was typed for a question, or what to do instead. Never raises for any text.

    A single-valued question reads the last value of a list, as a browser without scripts may send several.
    """
    try:
        if question.kind is Kind.CHOICES:
            return Answer(_choices(question, raw))
        text = normal_text(raw[-1] if isinstance(raw, (list, tuple)) and raw else raw if isinstance(raw, str) else "")
        if not text:
            return _empty(question)
        if question.kind is not Kind.EIN and (refused := refused_content(text)) is not None:
            return Problem(refused)
        return Answer(READERS[question.kind](question, text))
    except _Unreadable as unreadable:
        return Problem(unreadable.message)


def normal_text(text: str) -> str:
    """Text as it is stored: line breaks as one line feed, composed characters, no space around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def browser_length(text: str) -> int:
    """The length that a browser's `maxlength` counts."""
    return len(text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-16-le", "surrogatepass")) // 2


def _empty(question: Question) -> Answer | Problem:
    return Problem(say(EMPTY[question.kind])) if question.required else Answer(None)


def _text(question: Question, text: str) -> Value:
    if question.kind is not Kind.LONGTEXT and "\n" in text:
        raise _Unreadable(N_("Enter this on one line"))
    if _HIDDEN.search(text) or any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise _Unreadable(N_("This holds hidden characters. Type it again, or paste it as plain text"))
    if question.max_length is not None and (excess := browser_length(text) - question.max_length) > 0:
        message = N_("Shorten this to %(limit)s characters or fewer. It is %(excess)s too long")
        raise _Unreadable(message, limit=question.max_length, excess=excess)
    return text


def _choice(question: Question, text: str) -> Value:
    if text not in {choice.key for choice in question.choices}:
        raise _Unreadable(N_("Choose one of the answers in the list"))
    return text


def _choices(question: Question, raw: Raw) -> Value | None:
    given = [raw] if isinstance(raw, str) else list(raw or ())
    chosen = {item for item in given if item}
    known = [choice.key for choice in question.choices]
    if not chosen <= set(known):
        raise _Unreadable(N_("Choose only answers in the list"))
    if not chosen:
        if question.required:
            raise _Unreadable(EMPTY[Kind.CHOICES])
        return None
    if question.max_choices is not None and len(chosen) > question.max_choices:
        raise _Unreadable(N_("Choose %(limit)s or fewer"), limit=question.max_choices)
    return [key for key in known if key in chosen]


def _number(question: Question, text: str) -> Value:
    if not _GROUPED.fullmatch(text):
        raise _Unreadable(N_("Enter a whole number, such as 25"))
    return _within(question, int(text.replace(",", "")[:20]), str)


def _year(question: Question, text: str) -> Value:
    if not _DIGITS.fullmatch(text) or len(text) != 4:
        raise _Unreadable(N_("Enter the year as four digits"))
    year = int(text)
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise _Unreadable(N_("Check the year"))
    return _within(question, year, str)


def _date(_question: Question, text: str) -> Value:
    for pattern in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            day = datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
        if date(1900, 1, 1) <= day <= date(LATEST_YEAR, 12, 31):
            return day.isoformat()
        raise _Unreadable(N_("Check the year of this date"))
    raise _Unreadable(N_("Enter the date as month, day and year, such as 09/30/2026"))


def _yesno(_question: Question, text: str) -> Value:
    if text not in {"yes", "no"}:
        raise _Unreadable(EMPTY[Kind.YESNO])
    return text


def _acknowledge(_question: Question, text: str) -> Value:
    if text != "yes":
        raise _Unreadable(EMPTY[Kind.ACKNOWLEDGE])
    return text


def _email(question: Question, text: str) -> Value:
    if not _EMAIL.fullmatch(text) or ".." in text or text.startswith("."):
        raise _Unreadable(N_("Enter an email address, such as name@organization.org"))
    local, _, host = str(_text(question, text)).rpartition("@")
    return f"{local}@{host.lower()}"


def _phone(_question: Question, text: str) -> Value:
    match = _PHONE.fullmatch(text)
    if match is None:
        raise _Unreadable(N_("Enter a phone number with area code, such as 617-555-0100"))
    number = f"{match[1]}-{match[2]}-{match[3]}"
    return f"{number} ext. {match[4]}" if match[4] else number


def _url(question: Question, text: str) -> Value:
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and not parts.username and _HOST.fullmatch(parts.hostname or "")
    except ValueError:
        usable = None
    if not usable or re.search(r"[\s<>\"\\]", address):
        raise _Unreadable(N_("Enter a web address, such as www.organization.org"))
    return _text(question, address)


def _money(question: Question, text: str) -> Value:
    match = _MONEY.fullmatch(text)
    if match is None:
        raise _Unreadable(N_("Enter an amount in dollars, such as 12,500 or 12500.50"))
    cents = int(match[1].replace(",", "")[:20]) * 100 + int(match[2] or 0)
    return _within(question, cents, partial(dollars, short=True))


def _ein(_question: Question, text: str) -> Value:
    number = read_ein(text)
    if isinstance(number, Message):
        raise _Unreadable(number.text, **number.values)
    return number


def _within(question: Question, number: int, words: Callable[[int], str]) -> int:
    low = question.minimum if question.minimum is not None else 0
    if number < low:
        raise _Unreadable(N_("Enter %(limit)s or more"), limit=words(low))
    high = question.maximum if question.maximum is not None else LARGEST
    if number > high:
        raise _Unreadable(N_("Enter %(limit)s or less"), limit=words(high))
    return number


READERS: Mapping[Kind, Callable[[Question, str], Value]] = MappingProxyType(
    {
        Kind.TEXT: _text,
        Kind.LONGTEXT: _text,
        Kind.CHOICE: _choice,
        Kind.NUMBER: _number,
        Kind.YEAR: _year,
        Kind.DATE: _date,
        Kind.YESNO: _yesno,
        Kind.ACKNOWLEDGE: _acknowledge,
        Kind.EMAIL: _email,
        Kind.PHONE: _phone,
        Kind.URL: _url,
        Kind.MONEY: _money,
        Kind.EIN: _ein,
    }
)

EMPTY: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.TEXT: N_("Enter an answer"),
        Kind.LONGTEXT: N_("Enter an answer"),
        Kind.CHOICE: N_("Choose one answer"),
        Kind.CHOICES: N_("Choose at least one answer"),
        Kind.NUMBER: N_("Enter a number"),
        Kind.YEAR: N_("Enter the year as four digits"),
        Kind.DATE: N_("Enter a date"),
        Kind.YESNO: N_("Choose yes or no"),
        Kind.ACKNOWLEDGE: N_("Check the box to agree"),
        Kind.EMAIL: N_("Enter an email address"),
        Kind.PHONE: N_("Enter a phone number"),
        Kind.URL: N_("Enter a web address"),
        Kind.MONEY: N_("Enter an amount in dollars"),
        Kind.EIN: N_("Enter the tax ID"),
    }
)
