"""The timeline of a case: every event in words, with filters that the address carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from vetting.extensions import db
from vetting.models import Application, HistoryEntry, NoteState, RequestItem, SeenBy
from vetting.policy import Permission
from vetting.queries import cases, notes, timeline
from vetting.queries.timeline import Filters, Told
from vetting.views import casefile
from vetting.views.casefile import request_name
from vetting.views.chrome import localdate
from vetting.views.errors import described
from vetting.views.guard import actor, guarded, may

bp = Blueprint("timeline", __name__, url_prefix="/desk/cases/<reference>")

EXCERPT = 280

TONES = {"note": "info", "flag": "warn", "decision": "good", "information_request": "warn"}


TO_REVIEWERS = frozenset({"", "steps", "documents", "requests", "reviews", "decisions"})
"""What a reviewer who does not read everything can narrow the timeline to."""


def _kinds() -> dict[str, str]:
    return {
        "": _("Everything"),
        "steps": _("Steps of the case"),
        "documents": _("Documents"),
        "notes": _("Notes"),
        "messages": _("Messages"),
        "flags": _("Flags"),
        "requests": _("Requests"),
        "reviews": _("Reviews"),
        "decisions": _("Decisions"),
    }


@bp.get("/timeline")
@guarded(Permission.CASE_TIMELINE, casefile.load, sees=Permission.CASE_VIEW)
def index(application: Application) -> str:
    filters = filters_from_request()
    knows = may(Permission.DECISION_VIEW, application)
    whole = may(Permission.HISTORY_VIEW, application)
    reviewer = None if whole else actor().user_id
    found = timeline.page(db.session(), application, filters, decisions=knows, reviewer=reviewer)
    named = timeline.people(db.session(), application) if whole and not casefile.unnamed(application) else []
    people = [("", _("Anybody")), *named, (timeline.SYSTEM, _("The system"))]
    kinds = {key: words for key, words in _kinds().items() if whole or key in TO_REVIEWERS}
    here = url_for("timeline.index", reference=application.reference)
    narrowed = _arguments(replace(filters, before=0, after=0))
    return render_template(
        "cases/timeline.html",
        application=application,
        head=casefile.heading(application),
        here=here,
        bar=[
            {"name": "kind", "label": _("Show"), "value": filters.kind, "options": list(kinds.items())},
            {"name": "person", "label": _("Done by"), "value": filters.person, "options": people},
        ],
        days=[
            {"name": "since", "label": _("From"), "value": filters.since.isoformat() if filters.since else ""},
            {"name": "until", "label": _("Until"), "value": filters.until.isoformat() if filters.until else ""},
        ],
        active=_active(application, filters, _kinds(), dict(people)),
        whole=whole,
        clear_href=here if narrowed else None,
        entries=entries(application, found.entries),
        newer_href=_page_href(application, filters, after=found.entries[0].id)
        if found.newer and found.entries
        else None,
        older_href=_page_href(application, filters, before=found.entries[-1].id)
        if found.older and found.entries
        else None,
    )


def filters_from_request() -> Filters:
    """What the address asks for; what makes no sense is left out."""
    kind = request.args.get("kind", "")
    return Filters(
        kind=kind if kind in timeline.KINDS else "",
        person=request.args.get("person", "")[:40],
        since=_day("since"),
        until=_day("until"),
        before=_number("before"),
        after=_number("after"),
    )


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 1900 < found.year < 3000 else None


def _number(name: str) -> int:
    raw = request.args.get(name, "")
    return int(raw) if raw.isdecimal() and len(raw) < 16 else 0


def _arguments(filters: Filters) -> dict[str, Any]:
    found = {
        "kind": filters.kind,
        "person": filters.person,
        "since": filters.since.isoformat() if filters.since else "",
        "until": filters.until.isoformat() if filters.until else "",
        "before": str(filters.before or ""),
        "after": str(filters.after or ""),
    }
    return {name: value for name, value in found.items() if value}


def _href(application: Application, filters: Filters) -> str:
    return url_for("timeline.index", reference=application.reference, **_arguments(filters))


def _page_href(application: Application, filters: Filters, *, before: int = 0, after: int = 0) -> str:
    return _href(application, replace(filters, before=before, after=after))


def _active(
    application: Application, filters: Filters, kinds: Mapping[str, str], people: Mapping[str, str]
) -> list[dict[str, str]]:
    """The filters in use, each with the address without it."""
    bare = replace(filters, before=0, after=0)
    found = []
    if filters.kind:
        found.append((_("Show: %(what)s", what=kinds[filters.kind]), replace(bare, kind="")))
    if filters.person:
        name = people.get(filters.person, _("nobody we know"))
        found.append((_("Done by: %(name)s", name=name), replace(bare, person="")))
    if filters.since:
        found.append((_("From: %(day)s", day=localdate(filters.since)), replace(bare, since=None)))
    if filters.until:
        found.append((_("Until: %(day)s", day=localdate(filters.until)), replace(bare, until=None)))
    return [{"label": label, "remove_href": _href(application, without)} for label, without in found]


# Words


def entries(application: Application, found: Any) -> list[dict[str, Any]]:
    """Events as the timeline component takes them: what, who, when, and the words that belong to it."""
    told = timeline.told(db.session(), found)
    hidden = notes.hidden_authors(application, actor())
    return [_entry(application, entry, told, hidden) for entry in found]


def _entry(application: Application, entry: HistoryEntry, told: Told, hidden: frozenset[int]) -> dict[str, Any]:
    details = DETAILS.get(entry.subject_type, _of_step)(application, entry, told)
    # Who still owes a review reads neither what another reviewer noted nor why they changed something.
    silent = bool(hidden) and entry.subject_type in {"note", "review"} and entry.actor_id in hidden
    # A blind reviewer reads who of the office did something, and nothing that passed between them and the applicant.
    foreign = casefile.unnamed(application) and not _in_office(application, entry)
    silent = silent or foreign or (casefile.unnamed(application) and entry.subject_type == "note")
    reason = casefile.colleagues_words(application, entry.reason, entry.actor_id)
    said = [] if silent else [details.get("said", ""), reason]
    return {
        **described(entry),
        **({"who": ""} if foreign else {}),
        "what": ": ".join(part for part in (described(entry)["what"], details.get("about", "")) if part),
        "tone": TONES.get(entry.subject_type, "neutral"),
        "href": details.get("href", ""),
        "said": "\n".join(line for line in said if line),
    }


def _in_office(application: Application, entry: HistoryEntry) -> bool:
    """Whether somebody who works on the case, or the system, did this."""
    at_work = {application.coordinator_id, actor().user_id, *(review.reviewer_id for review in application.reviews)}
    return entry.actor_id is None or entry.actor_id in at_work


Details = Callable[[Application, HistoryEntry, Told], dict[str, str]]


def _of_step(application: Application, entry: HistoryEntry, told: Told) -> dict[str, str]:
    """A step of the case itself: whom or what it is about."""
    data = entry.data
    if "type" in data:
        return {"about": cases.document_name(data["type"])}
    for key in ("reviewer", "coordinator"):
        if isinstance(data.get(key), int):
            return {"about": told.people.get(data[key], "")}
    if isinstance(data.get("before"), int):
        return {"about": _("before: %(name)s", name=told.people.get(data["before"], ""))}
    if isinstance(data.get("items"), list):
        named = [_item(application, str(item)) for item in data["items"]]
        return {"about": ", ".join(named)}
    if data.get("wakes_on"):
        return {"about": _("until %(day)s", day=localdate(date.fromisoformat(data["wakes_on"])))}
    return {}


def _item(application: Application, item: str) -> str:
    kind, _colon, key = item.partition(":")
    return request_name(RequestItem(kind), key, application)


def _of_request(application: Application, entry: HistoryEntry, told: Told) -> dict[str, str]:
    for asked in application.requests:
        if asked.id == entry.subject_id:
            return {"about": request_name(asked.item, asked.item_key, application)}
    return {}


def _of_review(application: Application, entry: HistoryEntry, told: Told) -> dict[str, str]:
    for review in application.reviews:
        if review.id == entry.subject_id:
            return {"about": review.reviewer.name or review.reviewer.email}
    return {}


def _of_document(application: Application, entry: HistoryEntry, told: Told) -> dict[str, str]:
    for link in application.evidence:
        if link.document_version_id == entry.subject_id:
            return {"about": cases.document_name(link.type_key)}
    return {}


def _of_note(application: Application, entry: HistoryEntry, told: Told) -> dict[str, str]:
    note = told.notes.get(entry.subject_id)
    if note is None:
        return {}
    text = note.body if len(note.body) <= EXCERPT else f"{note.body[:EXCERPT].rstrip()} …"
    sees = _("The applicant sees this") if note.seen_by is SeenBy.APPLICANT else _("Office only")
    return {
        "about": sees,
        "said": "" if entry.step == "take_back" or note.state is NoteState.TAKEN_BACK else text,
        "href": url_for(
            "notes.index",
            reference=application.reference,
            before=(note.parent_id or note.id) + 1,
            _anchor=f"note-{note.id}",
        ),
    }


def _of_flag(application: Application, entry: HistoryEntry, told: Told) -> dict[str, str]:
    flag = told.flags.get(entry.subject_id)
    if flag is None:
        return {}
    owner = told.people.get(entry.data.get("owner", 0), "")
    return {
        "about": owner,
        "said": casefile.colleagues_words(application, flag.reason, flag.raised_by_id),
        "href": url_for("flags.index", reference=application.reference, _anchor=f"flag-{flag.id}"),
    }


DETAILS: Mapping[str, Details] = {
    "information_request": _of_request,
    "review": _of_review,
    "evidence": _of_document,
    "note": _of_note,
    "flag": _of_flag,
}
"""How to say what an event of a workflow is about."""
