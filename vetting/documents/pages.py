"""Document pages from templates: every value is text, escaped; a missing one is an error, never a gap."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError

from vetting.clock import DISTRICT_ZONE
from vetting.documents.errors import DocumentIncomplete

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
STYLE = Path(__file__).with_name("print.css")


def page(template: str, values: Mapping[str, Any]) -> str:
    """Fill `documents/<template>`; raises DocumentIncomplete when it shows something that `values` does not have."""
    try:
        return _environment().get_template(f"documents/{template}").render(values)
    except UndefinedError as error:
        raise DocumentIncomplete(f"The document shows something that is missing: {error.message}.") from None


def style() -> str:
    """The style sheet of all documents."""
    return STYLE.read_text("utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # A signed text has one wording: documents are in the language they were drafted in.
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        document_date=long_date,
        document_local=local_time,
        document_utc=utc_time,
        document_dollars=dollars,
        document_lines=lines,
        recorded=recorded,
    )
    return environment


def long_date(value: str) -> str:
    """`2026-09-08` as `September 8, 2026`."""
    day = date.fromisoformat(value)
    return f"{day:%B} {day.day}, {day.year}"


def local_time(value: str | None) -> str:
    """A UTC ISO time in the district's zone, such as `November 21, 2026, 8:56:23 p.m. EST`; "not recorded" for None."""
    if not value:
        return recorded(value)
    local = _utc(value).astimezone(DISTRICT_ZONE)
    half = "a.m." if local.hour < 12 else "p.m."
    clock = f"{local.hour % 12 or 12}:{local:%M:%S} {half} {local.tzname()}"
    return f"{long_date(local.date().isoformat())}, {clock}"


def utc_time(value: str | None) -> str:
    """A UTC ISO time as `2026-11-22 01:56:23 UTC`; "not recorded" for None."""
    return f"{_utc(value):%Y-%m-%d %H:%M:%S} UTC" if value else recorded(value)


def dollars(cents: int) -> str:
    """Whole cents as dollars; the cents are shown when there are any."""
    whole, rest = divmod(cents, 100)
    return f"${whole:,}.{rest:02d}" if rest else f"${whole:,}"


def lines(text: str) -> list[str]:
    """The paragraphs of a text that somebody typed, without empty ones."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def recorded(value: object) -> str:
    """The value as text; a gap is said, never guessed."""
    return "not recorded" if value is None or value == "" else str(value)


def _utc(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
