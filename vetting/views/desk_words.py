"""Small things every page of the desk says the same way: due dates, tones, document links, timelines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from vetting import clock
from vetting.data.vocabulary import service_names
from vetting.models import ApplicationKind, ApplicationState, DocumentVersion, EvidenceState, HistoryEntry, ReviewState
from vetting.queries.queue import EXACT_UP_TO
from vetting.views.chrome import localdate
from vetting.views.errors import described
from vetting.workflows.registry import WORKFLOWS

STATE_TONES: Mapping[ApplicationState, str] = {
    ApplicationState.SUBMITTED: "info",
    ApplicationState.SCREENING: "info",
    ApplicationState.IN_REVIEW: "info",
    ApplicationState.READY_TO_DECIDE: "warn",
    ApplicationState.DECISION_DRAFTED: "warn",
    ApplicationState.APPROVED: "good",
}

REVIEW_TONES: Mapping[ReviewState, str] = {
    ReviewState.ASSIGNED: "warn",
    ReviewState.IN_PROGRESS: "info",
    ReviewState.SUBMITTED: "good",
}

EVIDENCE_TONES: Mapping[EvidenceState, str] = {
    EvidenceState.ACCEPTED: "good",
    EvidenceState.RETURNED: "warn",
    EvidenceState.EXPIRED: "bad",
}


def kind_words(kind: ApplicationKind) -> str:
    """The kind of a case."""
    words = {
        ApplicationKind.REGISTRATION: _("Registration"),
        ApplicationKind.PORTFOLIO: _("Portfolio"),
        ApplicationKind.RENEWAL: _("Renewal"),
    }
    return str(words[kind])


def state_words(workflow: str, state: Any) -> str:
    """A state in the office's words."""
    return str(_(WORKFLOWS[workflow].words[state].office))


def category_words(key: str) -> str:
    """A service category in words; empty for none."""
    return service_names().get(key) or key


def due_words(day: date | None, today: date | None = None) -> tuple[str, bool]:
    """A due date as people say it, and whether it is past. A list asks for the day once, and passes it."""
    if day is None:
        return "", False
    away = (day - (today or clock.today())).days
    if away == 0:
        return _("Today"), False
    if away == 1:
        return _("Tomorrow"), False
    return localdate(day, "short"), away < 0


def days_since(moment: Any, today: date | None = None) -> str:
    """How long ago, in whole local days."""
    days = ((today or clock.today()) - clock.local_date(moment)).days
    return str(_("since today") if days <= 0 else ngettext("for %(num)s day", "for %(num)s days", days))


def count_words(count: int) -> str:
    """A count, exact to a thousand."""
    return f"{EXACT_UP_TO:,}+" if count > EXACT_UP_TO else f"{count:,}"


def document_href(version: DocumentVersion) -> str:
    """Where the bytes of a document are served, through the policy."""
    return url_for("evidence.download", reference=version.document.reference, number=version.number)


def size_words(size: int) -> str:
    """A file size as people read it."""
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, round(size / 1024))} kB"


def timeline_entries(entries: Iterable[HistoryEntry]) -> list[dict[str, Any]]:
    """History rows as the timeline component takes them."""
    return [{**described(entry), "said": entry.reason} for entry in entries]
