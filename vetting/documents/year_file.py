"""The first page of a school year's documents in a folder: what each one is, and how to check it without us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vetting.documents.own_copy import LANGUAGE
from vetting.documents.pages import page


def index_html(facts: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """A page that needs nothing but the files beside it. ``facts`` name the school, the year and who checks what."""
    title = f"Agreements of {facts['school']}, school year {facts['school_year']}"
    return page("year_file_index.html", {"year": facts, "rows": rows, "language": LANGUAGE, "title": title})
