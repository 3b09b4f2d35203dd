"""What no answer may hold: personal numbers, results of background checks, and records of single students.

The patterns look for the thing itself and not for talk about it, so "we renew CORI checks every three years" passes.
They catch mistakes; they cannot catch intent.
"""

from __future__ import annotations

import re

from vetting.text import N_, Message, say

SOCIAL_SECURITY = N_(
    "This looks like a Social Security number. Remove it. The district does not need it here, and nobody should send "
    "one in a form"
)
CHECK_RESULTS = N_(
    "This looks like results of a background check. Remove them. Results stay with the person who ran the check. Here, "
    "say only that checks are done, by whom, and how often"
)
STUDENT_RECORD = N_(
    "This looks like information about a single student. Remove it. Describe groups of students instead. "
    "Student records stay with the school"
)

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), message)
    for pattern, message in (
        (r"(?<![0-9-])(?!000|666|9[0-9]{2})[0-9]{3}([- ])(?!00)[0-9]{2}\1(?!0000)[0-9]{4}(?![0-9-])", SOCIAL_SECURITY),
        (r"\b(?:cori|sori|icori)\s+(?:results?|reports?|records?|findings?|print-?outs?)\b", CHECK_RESULTS),
        (r"\b(?:background|criminal|fingerprint)[ -]+checks?\s+(?:results?|reports?|findings?)\b", CHECK_RESULTS),
        (r"\bcriminal\s+(?:offender\s+)?(?:records?|history)\s+of\s+(?!staff|volunteers|all\b)", CHECK_RESULTS),
        (
            r"\b(?:sasid|state\s+student\s+id|student\s+id|student\s+number)\W{0,4}(?:no\.?|number)?\W{0,4}[0-9]{5,}",
            STUDENT_RECORD,
        ),
        (
            r"\b(?:d\.?o\.?b\.?|date\s+of\s+birth|birth\s*date)\W{1,4}[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}",
            STUDENT_RECORD,
        ),
    )
)


def refused_content(text: str) -> Message | None:
    """Why this text cannot be kept, or None."""
    for pattern, message in _RULES:
        if pattern.search(text):
            return say(message)
    return None
