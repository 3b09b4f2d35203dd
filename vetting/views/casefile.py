"""What the pages of one case share: loading it, its documents, its heading, its place in the queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from vetting import clock
from vetting.extensions import db
from vetting.models import OPEN_STATES, Application, DocumentVersion, EvidenceLink, RequestItem
from vetting.policy import Permission, sees_identity
from vetting.queries import cases, queue, tasklist
from vetting.queries.evidence import VersionInUse, kind_named
from vetting.views import findings, pages, scans
from vetting.views.chrome import localdate
from vetting.views.desk_words import (
    EVIDENCE_TONES,
    STATE_TONES,
    category_words,
    days_since,
    document_href,
    due_words,
    kind_words,
    size_words,
    state_words,
)
from vetting.views.guard import actor, may
from vetting.views.queue import filters_from_request
from vetting.views.vault_words import closed_words


def load(session: Session, reference: str) -> Application | None:
    """The case that the address names."""
    return cases.find(session, reference)


def unnamed(application: Application) -> bool:
    """Whether the reader reviews this case without knowing who applies."""
    return not sees_identity(actor(), application)


def colleagues_words(application: Application, text: str, author_id: int | None) -> str:
    """What a colleague wrote about the case. A blind reviewer reads only their own: others may say who applies."""
    if not text or author_id == actor().user_id or not unnamed(application):
        return text
    return str(_("Not shown to reviewers of this round"))


def title(application: Application) -> str:
    """What a case is called on the pages of the desk."""
    if unnamed(application):
        return str(_("Application %(reference)s", reference=application.reference))
    name = application.organization.legal_name
    return f"{name}: {application.program.name}" if application.program else name


def heading(application: Application) -> dict[str, Any]:
    """What the top of every page of the case says."""
    words, late = due_words(application.due_on)
    is_open = application.state in OPEN_STATES
    bits = [kind_words(application.kind)]
    if application.round is not None:
        bits.append(application.round.title)
    if application.category_key:
        bits.append(category_words(application.category_key))
    coordinator = application.coordinator
    return {
        "title": title(application),
        "caption": application.reference,
        "bits": bits,
        "state": state_words("application", application.state),
        "tone": STATE_TONES.get(application.state, "neutral"),
        "since": days_since(application.state_since),
        "due": words if is_open else "",
        "late": late and is_open and application.held_since is None,
        "assignee": "" if coordinator is None else _("You") if coordinator.id == actor().user_id else coordinator.name,
        "received": application.received_at,
        "entered_by": _("Entered by the office") if application.assisted_by_id is not None else "",
        "href": url_for("cases.show", reference=application.reference, **filters_from_request().as_args()),
    }


def place_in_queue(application: Application) -> dict[str, str]:
    """The way back to the queue and to the cases before and after, with the filter kept."""
    filters = filters_from_request()
    before, after = queue.neighbors(db.session(), actor(), filters, clock.today(), application.reference)
    args = filters.as_args()
    return {
        "queue": url_for("queue.index", **args),
        "before": url_for("cases.show", reference=before, **args) if before else "",
        "after": url_for("cases.show", reference=after, **args) if after else "",
        "why": url_for("queue.why", reference=application.reference, **args),
    }


def document_code(link: EvidenceLink) -> str:
    """How the address of a page names a document of the case."""
    return f"{link.document_version.document.reference}.{link.document_version.number}"


def request_name(kind: RequestItem, key: str, application: Application) -> str:
    """What was asked for, in words."""
    form = tasklist.form_of(application)
    if kind is RequestItem.DOCUMENT:
        return cases.document_name(key)
    if kind is RequestItem.SECTION:
        titles = {section.key: section.title for section in form.sections}
        return str(_(titles.get(key, key)))
    labels = {question.key: question.label for question in form.questions}
    return str(_(labels.get(key, key)))


def documents(application: Application, here: str) -> list[dict[str, Any]]:
    """The documents of the case as the list beside the checklist shows them; ``here`` is the page's address."""
    today = clock.today()
    hidden = unnamed(application)
    shown = []
    for link in cases.current_evidence(application):
        version = link.document_version
        # Whoever reads one document of a case soon reads the next.
        pages.want(version)
        note = ""
        if cases.expired(link, today):
            note = str(_("ran out on %(day)s", day=localdate(version.valid_until, "short")))
        elif version.valid_until:
            note = str(_("valid until %(day)s", day=localdate(version.valid_until, "short")))
        shown.append(
            {
                "code": document_code(link),
                "name": cases.document_name(link.type_key),
                "type_key": link.type_key,
                "note": note,
                "filename": version.filename if not hidden and may_open(link) else "",
                "state": state_words("evidence", version.state),
                "tone": "bad" if cases.expired(link, today) else EVIDENCE_TONES.get(version.state, "neutral"),
                "href": f"{here}{'&' if '?' in here else '?'}doc={document_code(link)}#evidence",
                "link": link,
            }
        )
    return shown


def chosen_document(application: Application) -> EvidenceLink | None:
    """The document the reader has open, else the first one of the case."""
    links = cases.current_evidence(application)
    wanted = _open().get("doc", "")
    return next((link for link in links if document_code(link) == wanted), links[0] if links else None)


def viewer(link: EvidenceLink, here: str, *, saves: str = "", anonymous: bool = False) -> dict[str, Any]:
    """A document as the viewer shows it, at the page and size that the address asks for.

    ``here`` is the address of the page around it. ``saves`` is the id of a form that is saved before another page is
    shown, by a browser without scripts. ``anonymous`` leaves out whatever says who sent it: the names of file, sender
    and issuer, and the original; for a blind reviewer that is always so.
    """
    hidden = anonymous or unnamed(link.application)
    opens = may_open(link)
    shown = viewer_of(link.document_version, link.type_key, here, saves=saves, hidden=hidden, opens=opens)
    # What was found names names, so a blind reviewer does without; and it quotes what stands in the document.
    if hidden or not opens:
        return shown
    return {**shown, "checks": findings.beside(link.document_version, link.application)}


def may_open(link: EvidenceLink) -> bool:
    """Whether the reader may open a document of a case, or only know that it is there."""
    version, case = link.document_version, link.application
    return may(Permission.EVIDENCE_OPEN, VersionInUse(version, case.organization_id, tuple(case.reviews)))


def viewer_of(
    version: DocumentVersion, type_key: str, here: str, *, hidden: bool, saves: str = "", opens: bool = True
) -> dict[str, Any]:
    """``viewer`` for a document outside any case; ``hidden`` leaves out whatever says who sent it.

    A reader who may not open it reads who may, that it is there, and until when it is good.
    """
    opened = _open()
    zoom = opened.get("zoom", "")
    zoom = zoom if zoom in pages.ZOOMS else "fit"
    number = opened.get("page", "1")
    asked = min(max(1, int(number) if number.isdecimal() and len(number) < 6 else 1), pages.MOST)
    shown = pages.shown(version, asked, zoom) if opens else pages.closed(closed_words(kind_named(type_key)))
    code = f"{version.document.reference}.{version.number}"

    def at(page: int, size: str = zoom) -> dict[str, str]:
        return {"href": pane(here, code, page, size), "value": f"{code}~{page}~{size}"}

    page, last = shown["page"], shown["pages"]
    names = {"fit": _("Fit width"), **{key: f"{percent} %" for key, percent in pages.ZOOMS.items() if percent}}
    path, _mark, query = here.partition("?")
    return {
        **shown,
        "title": cases.document_name(type_key),
        "code": code,
        "zoom": zoom,
        "saves": saves,
        "here": at(page),
        "previous": at(page - 1) if page > 1 else None,
        "next": at(page + 1) if page < last else None,
        "zooms": [{**at(page, key), "name": name, "current": key == zoom} for key, name in names.items()],
        "jump": {
            "action": f"{path}#evidence",
            "hidden": [*parse_qsl(query), ("doc", code), ("zoom", zoom)],
            "value": f"{code}~?~{zoom}",
        },
        "download_href": None if hidden or not opens or not scans.readable(version) else document_href(version),
        "copy_href": None if hidden or not opens else pages.copy_href(version),
        "facts": _facts(version, shown, anonymous=hidden, opens=opens),
    }


def pane(here: str, code: str, page: int, zoom: str = "fit") -> str:
    """The address that shows a page of a document beside what ``here`` shows."""
    asked = urlencode({"doc": code, "page": page, **({"zoom": zoom} if zoom != "fit" else {})})
    return f"{here}{'&' if '?' in here else '?'}{asked}#evidence"


def _open() -> Mapping[str, str]:
    """The document, page and size that the address asks for; in an answer to a form, those that were open."""
    return request.args if request.method in {"GET", "HEAD"} else pane_after_saving()


def pane_after_saving() -> dict[str, str]:
    """What the viewer shows after a form was saved, as arguments of the address: the page that a button of the viewer
    asked for, else the one that was open."""
    asked = request.form.get("show") or request.form.get("shown", "")
    code, _tilde, place = asked.partition("~")
    page, _tilde, zoom = place.partition("~")
    typed = request.form.get("show-page", "").strip()
    # Enter in the field saves too, so the number counts whichever button took it.
    if page == "?" or (typed.isdecimal() and "show" not in request.form):
        page = typed
    found = {"doc": code, "page": page if page.isdecimal() else "", "zoom": zoom if zoom in pages.ZOOMS else ""}
    return {name: value for name, value in found.items() if value and value != "fit"}


def _facts(version: DocumentVersion, shown: dict[str, Any], *, anonymous: bool, opens: bool) -> list[str]:
    """What is known of a document, and what the reader should know about this view of it.

    The name of a file may say as much as its pages, so whoever may not open it does without.
    """
    facts = []
    if not anonymous:
        if opens:
            facts.append(f"{version.filename}, {size_words(version.size)}")
        if version.uploaded_by is not None:
            day = localdate(version.created_at)
            facts.append(_("Sent by %(name)s on %(day)s", name=version.uploaded_by.name, day=day))
        if opens and version.issuer:
            facts.append(_("Issued by %(name)s", name=version.issuer))
    if version.valid_from or version.valid_until:
        start, end = localdate(version.valid_from), localdate(version.valid_until)
        facts.append(
            _("Valid from %(start)s until %(end)s", start=start, end=end)
            if start and end
            else _("Valid from %(start)s", start=start)
            if start
            else _("Valid until %(end)s", end=end)
        )
    facts.append(scans.standing(version)[0])
    if shown["cut"]:
        facts.append(_("This is not all: the words are cut short here."))
    elif shown["picture"] and not shown["text"]:
        facts.append(_("This page holds no words that can be selected, perhaps only a picture."))
    return facts
