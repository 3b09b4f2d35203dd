"""An application as its applicant gave it: a PDF to read and keep, and pages that open from a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vetting.canonical import digest
from vetting.documents.letter import letter_html
from vetting.documents.pages import page, style
from vetting.documents.process import Limits
from vetting.documents.render import render_pdf

LANGUAGE = "en"
COLUMNS = ".copy-answers th:first-child { width: 42%; }"
"""Questions and answers stand below each other through all sections."""
SHEET = Path(__file__).with_name("own_copy.css")


def copy_html(facts: Mapping[str, Any]) -> str:
    """The printed copy; raises DocumentIncomplete when a part is missing."""
    return page("own_copy.html", {"copy": facts, "language": LANGUAGE, "title": _title(facts)})


def copy_pdf(facts: Mapping[str, Any], *, limits: Limits | None = None) -> bytes:
    """The copy as PDF/A-3a + PDF/UA-1. The same facts give the same bytes.

    Raises DocumentIncomplete or the errors of `render_pdf`.
    """
    return render_pdf(
        copy_html(facts),
        title=_title(facts),
        lang=LANGUAGE,
        attachments=[],
        identifier=bytes.fromhex(digest("identifier.v1", {"copy": dict(facts)}))[:16],
        assets={},
        styles=[style(), COLUMNS],
        limits=limits,
    )


def index_html(facts: Mapping[str, Any], files: Sequence[Mapping[str, Any]], letter: str, up: str = "") -> str:
    """The first page of a folder with a copy; every link is to a file beside it."""
    return page(
        "own_copy_index.html",
        {"copy": facts, "files": files, "letter": letter, "up": up, "language": LANGUAGE, "title": _title(facts)},
    )


def all_html(organization: str, cases: Sequence[Mapping[str, Any]]) -> str:
    """The first page of a copy of everything: one link for each application."""
    title = f"Everything from {organization}"
    return page("own_copy_all.html", {"cases": cases, "language": LANGUAGE, "title": title})


def decision_html(letter: Mapping[str, Any]) -> str:
    """The letter of a released decision, as a page."""
    return letter_html(letter)


def sheet() -> str:
    """The style sheet of the pages in a folder."""
    return SHEET.read_text("utf-8")


def _title(facts: Mapping[str, Any]) -> str:
    return f"{facts['title']}: {facts['about']} ({facts['reference']})"
