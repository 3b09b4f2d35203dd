"""What no question may ask: results of background checks, records of single students, personal numbers.

The patterns look at one sentence at a time, and a sentence that says what not to give passes, so "Never give results"
stays possible. They catch mistakes; they cannot catch intent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vetting.questionnaires.faults import Fault
from vetting.questionnaires.form import Form
from vetting.text import N_, Message, say

SOCIAL_SECURITY = N_(
    "No form may ask for a Social Security number. Ask for the tax ID of the organization, which the program seals"
)
CHECK_RESULTS = N_(
    "No form may ask for results of background checks. They stay with the person who ran the check. Ask who runs the "
    "checks and how often"
)
STUDENT_RECORDS = N_(
    "No form may ask for names or records of students. They stay with the school. Ask for groups and numbers"
)

_STUDENTS = r"(?:students?|pupils?|child(?:ren)?|participants?|learners?|minors?|youth)"
_CHECKS = r"(?:cori|sori|icori|background|criminal|fingerprint\w*)"
_FEW_WORDS = r"(?:\w+\s+){0,3}"
_RECORDS = r"(?:names?|records?|rosters?|ids?|id\s+numbers?)"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), message)
    for pattern, message in (
        (r"\bsocial[ -]security\b", SOCIAL_SECURITY),
        (rf"\b{_CHECKS}[ -]+(?:checks?[ -]+)?(?:results?|reports?|records?|findings?|history)\b", CHECK_RESULTS),
        (rf"\b(?:results?|reports?|findings?|outcomes?)\s+of\s+{_FEW_WORDS}{_CHECKS}\b", CHECK_RESULTS),
        (
            rf"\bcop(?:y|ies)\s+of\b[^.]{{0,60}}\b{_CHECKS}\s+checks?\b(?!\s+(?:policy|policies|procedures?|forms?)\b)",
            CHECK_RESULTS,
        ),
        (r"\b(?:convicted|convictions?|arrest(?:ed|s)?)\b", CHECK_RESULTS),
        (rf"\b(?:{_RECORDS}|lists?|addresses)\s+of\s+{_FEW_WORDS}{_STUDENTS}\b", STUDENT_RECORDS),
        (rf"\b{_STUDENTS}(?:['\u2019]s?)?\s+(?:(?:full|first|last|legal)\s+)?{_RECORDS}\b", STUDENT_RECORDS),
        (rf"\bname\s+(?:each|every|all|the|your)\s+(?:\w+\s+)?{_STUDENTS}\b", STUDENT_RECORDS),
        (r"\b(?:dates?\s+of\s+birth|birth\s*dates?|sasid)\b", STUDENT_RECORDS),
        (r"\b(?:iep|individualized\s+education\s+program)s?\b", STUDENT_RECORDS),
    )
)  # fmt: skip
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WARNS = re.compile(r"\b(?:never|not|don['\u2019]t|nobody|no|without)\b", re.IGNORECASE)


def refused_wording(text: str) -> Message | None:
    """Why a form may not ask this, and where it belongs; or None."""
    for sentence in _SENTENCE.split(text):
        if _WARNS.search(sentence):
            continue
        for pattern, message in _RULES:
            if pattern.search(sentence):
                return say(message)
    return None


def wording_faults(form: Form) -> Iterator[Fault]:
    """Every text of the form that asks for what no form may ask."""
    for section in form.sections:
        own = [("", "title", section.title), ("", "help", section.help)]
        for question in section.questions:
            own += [(question.key, "label", question.label), (question.key, "help", question.help)]
            own += [(question.key, "options", choice.name) for choice in question.choices if not question.choices_from]
        for key, field, text in own:
            message = refused_wording(text)
            if message is not None:
                yield Fault(message, section.key, key, field)
