"""What applicants read is written for a reader of the eighth grade (Flesch-Kincaid).

A grade is about sentences, and says nothing about a button of one word. So a text of ten words or more is measured by
itself, and shorter ones are read together, as the sentences of the place they stand in. Names that a reader has to
know anyway are read as short words; numbers, dates and names that fill a place as what they look like on the page.
"""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2.ext import babel_extract

from vetting.data import status
from vetting.notifications.words import MESSAGES, Side

with warnings.catch_warnings():
    # Its word lists hold an escape that Python will refuse one day; the first import says so.
    warnings.simplefilter("ignore")
    import readability

HIGHEST = 8.0
SHORTEST = 10
"""Words from which on a text is measured by itself."""

TEMPLATES = Path(status.__file__).resolve().parents[1] / "templates" / "applicant"

KNOWN = {
    r"\bapplications?\b": "form",
    r"\borganizations?\b": "group",
    r"\bregistrations?\b": "form",
    r"\bregistered?\b": "signed",
    r"\bPortfolio\b": "list",
    r"\bOpportunity\b": "school",
    r"\bpartnerships?\b": "school",
    r"\bdocuments?\b": "file",
    r"\bcertificates?\b": "file",
    r"\bconfidential\b": "closed",
    r"\bbusiness\b": "work",
    r"\bemails?\b": "mail",
    r"\bSHA-256\b": "code",
}
"""Names of things in this product, which every page shows from the first, and a short word to read in their place."""

FILLED = {
    "by": "May 3", "day": "May 3", "date": "May 3", "half_by": "May 3", "nine_by": "May 9", "help": "us",
    "half": "6 work days", "nine": "9 work days", "waited": "4 work days", "us": "4 work days", "you": "2 work days",
    "days": "9 work days", "people": "Ana, Ben",
}  # fmt: skip


def sentence(text: str) -> str:
    """A text as it is read: places filled, known names short, ended like a sentence."""
    text = re.sub(r"%\((\w+)\)s", lambda match: FILLED.get(match[1], "6"), text)
    text = re.sub(r"https?://\S+|[\w.]+@[\w.]+", "us", text)
    for name, short in KNOWN.items():
        text = re.sub(name, short, text, flags=re.IGNORECASE)
    text = text.replace("“", "").replace("”", "").strip()
    return text if text.endswith((".", "?", "!")) else f"{text.rstrip(':;,')}."


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of a text, one sentence on a line as the library wants it."""
    lines = "\n".join(line for line in re.split(r"(?<=[.?!:;])\s+", text) if re.search(r"\w", line))
    found = readability.getmeasures(lines, lang="en")["readability grades"]["Kincaid"]
    return float(found)


def words(text: str) -> int:
    return len(re.findall(r"[\w'’]+", text))


def too_hard(texts: dict[str, list[str]]) -> dict[str, float]:
    """Texts above the grade: long ones by themselves, and short ones of a place together."""
    found = {}
    for place, own in texts.items():
        read = [sentence(text) for text in own]
        short = " ".join(text for text in read if words(text) < SHORTEST)
        for text in [
            *(text for text in read if words(text) >= SHORTEST),
            *([short] if words(short) >= SHORTEST else []),
        ]:
            if (level := grade(text)) > HIGHEST:
                found[f"{place}: {text}"] = round(level, 1)
    return found


def vocabulary() -> Iterator[str]:
    for line in status.WORDS.values():
        yield from (text for text in (line.headline, line.dated, line.many, line.next) if text)
    yield from status.WHO.values()
    yield from status.TIMES.values()
    yield from (status.BUSINESS_DAYS.one, status.BUSINESS_DAYS.more)


def messages(path: Path) -> list[str]:
    """The sentences of a template, in order."""
    found = []
    with path.open("rb") as file:
        for _line, _function, message, _comments in babel_extract(file, ["_", "gettext", "ngettext"], [], {}):
            found += [part for part in (message if isinstance(message, tuple) else (message,)) if part]
    return found


def test_the_fixed_words_are_easy_to_read() -> None:
    assert too_hard({"status": list(vocabulary())}) == {}


def test_what_applicants_read_is_easy_to_read() -> None:
    texts = {path.name: messages(path) for path in sorted(TEMPLATES.rglob("*.html"))}
    assert sum(len(own) for own in texts.values()) > 200
    assert too_hard(texts) == {}


def test_mail_to_applicants_is_easy_to_read() -> None:
    texts = {
        event.value: [words.subject, *(text for text in words.paragraphs if " " in text)]
        for (event, side), words in MESSAGES.items()
        if side is Side.PARTNER
    }
    assert too_hard(texts) == {}


@pytest.mark.parametrize(
    ("text", "hard"),
    [
        ("We have it. Nothing for you to do. If we need more, we write to you.", False),
        ("Notification of the determination will be communicated subsequent to administrative evaluation.", True),
    ],
)
def test_the_measure_tells_easy_from_hard(text: str, hard: bool) -> None:
    assert bool(too_hard({"x": [text]})) is hard


def test_never_rejected() -> None:
    assert not [text for text in vocabulary() if re.search(r"reject|den(y|ied)|fail", text, re.IGNORECASE)]
    texts: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TEMPLATES.rglob("*.html")):
        texts[path.name] += [text for text in messages(path) if "reject" in text.lower()]
    assert not any(texts.values())
