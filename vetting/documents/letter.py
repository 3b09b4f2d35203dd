"""The decision letter: what was decided, how each standard was met, and what happens next."""

from collections.abc import Mapping
from typing import Any

from vetting.canonical import digest
from vetting.documents.content import require_letter
from vetting.documents.pages import long_date, page, style
from vetting.documents.process import Limits
from vetting.documents.render import render_pdf

LANGUAGE = "en"


def letter_html(letter: Mapping[str, Any]) -> str:
    """The printed letter; raises DocumentIncomplete when a part is missing."""
    require_letter(letter)
    return page("letter.html", {"letter": letter, "language": LANGUAGE, "title": _title(letter)})


def letter_pdf(letter: Mapping[str, Any], *, limits: Limits | None = None) -> bytes:
    """The letter as PDF/A-3a + PDF/UA-1. The same letter gives the same bytes.

    Raises DocumentIncomplete or the errors of `render_pdf`.
    """
    return render_pdf(
        letter_html(letter),
        title=_title(letter),
        lang=LANGUAGE,
        attachments=[],
        identifier=bytes.fromhex(digest("identifier.v1", dict(letter)))[:16],
        assets={},
        styles=[style()],
        limits=limits,
    )


def _title(letter: Mapping[str, Any]) -> str:
    return f"Decision letter {letter['reference']}, {long_date(letter['date'])}"
