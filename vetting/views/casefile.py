"""What the pages of one case share: loading it, its documents, its heading, its place in the queue."""

from __future__ import annotations

from typing import Any

from flask import current_app, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from vetting import clock
from vetting.documents import preview
from vetting.extensions import db
from vetting.models import OPEN_STATES, Application, DocumentVersion, EvidenceLink
from vetting.queries import cases, queue
from vetting.storage import Missing
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
from vetting.views.guard import actor
from vetting.views.queue import filters_from_request


def load(session: Session, reference: str) -> Application | None:
    """The case that the address names."""
    return cases.find(session, reference)


def heading(application: Application) -> dict[str, Any]:
    """What the top of every page of the case says."""
    words, late = due_words(application.due_on)
    is_open = application.state in OPEN_STATES
    bits = [kind_words(application.kind)]
    if application.round is not None:
        bits.append(application.round.title)
    if application.category_key:
        bits.append(category_words(application.category_key))
    name = application.organization.legal_name
    title = f"{name}: {application.program.name}" if application.program else name
    coordinator = application.coordinator
    return {
        "title": title,
        "caption": application.reference,
        "bits": bits,
        "state": state_words("application", application.state),
        "tone": STATE_TONES.get(application.state, "neutral"),
        "since": days_since(application.state_since),
        "due": words if is_open else "",
        "late": late and is_open,
        "assignee": "" if coordinator is None else _("You") if coordinator.id == actor().user_id else coordinator.name,
        "received": application.received_at,
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
    }


def document_code(link: EvidenceLink) -> str:
    """How the address of a page names a document of the case."""
    return f"{link.document_version.document.reference}.{link.document_version.number}"


def documents(application: Application, here: str) -> list[dict[str, Any]]:
    """The documents of the case as the list beside the checklist shows them; ``here`` is the page's address."""
    today = clock.today()
    shown = []
    for link in cases.current_evidence(application):
        version = link.document_version
        notes = [version.filename]
        if cases.expired(link, today):
            notes.append(_("ran out on %(day)s", day=localdate(version.valid_until, "short")))
        elif version.valid_until:
            notes.append(_("valid until %(day)s", day=localdate(version.valid_until, "short")))
        shown.append(
            {
                "code": document_code(link),
                "name": cases.document_name(link.type_key),
                "type_key": link.type_key,
                "note": " · ".join(notes),
                "state": state_words("evidence", version.state),
                "tone": "bad" if cases.expired(link, today) else EVIDENCE_TONES.get(version.state, "neutral"),
                "href": f"{here}{'&' if '?' in here else '?'}doc={document_code(link)}#evidence",
                "link": link,
            }
        )
    return shown


def chosen_document(application: Application) -> EvidenceLink | None:
    """The document the address asks for, else the first one of the case."""
    links = cases.current_evidence(application)
    wanted = request.args.get("doc", "")
    return next((link for link in links if document_code(link) == wanted), links[0] if links else None)


def viewer(link: EvidenceLink) -> dict[str, Any]:
    """A document as the viewer shows it: a picture of an image, words when they are asked for, the facts of everything.

    Taking words out costs a process of its own, so it waits until somebody asks for a page.
    """
    version = link.document_version
    asked = request.args.get("page", 0, type=int)
    facts = [f"{version.filename}, {size_words(version.size)}"]
    if version.uploaded_by is not None:
        facts.append(_("Sent by %(name)s on %(day)s", name=version.uploaded_by.name, day=localdate(version.created_at)))
    if version.issuer:
        facts.append(_("Issued by %(name)s", name=version.issuer))
    if version.valid_from or version.valid_until:
        facts.append(
            _(
                "Valid from %(start)s until %(end)s",
                start=localdate(version.valid_from) or _("an unknown date"),
                end=localdate(version.valid_until) or _("further notice"),
            )
        )
    if version.scan.value == "unscanned":
        facts.append(_("Not checked for viruses."))
    image = version.media_type.startswith("image/")
    words = _words(version, asked) if asked > 0 and preview.readable(version.media_type) else None
    if asked > 0 and preview.readable(version.media_type):
        if words is None:
            facts.append(_("Its words cannot be read here. Download it to read it."))
        elif not words.text.strip():
            facts.append(_("This page holds no words, perhaps only a picture. Download it to see it."))
    return {
        "title": cases.document_name(link.type_key),
        "code": document_code(link),
        "page": words.page if words else 1,
        "pages": words.pages if words else 0,
        "text": words.text.strip() if words else "",
        "offers_words": preview.readable(version.media_type) and not asked,
        "image": document_href(version) if image else None,
        "image_alt": _("Picture: %(name)s", name=version.filename) if image else None,
        "download_href": document_href(version),
        "facts": facts,
    }


def _words(version: DocumentVersion, page: int) -> preview.PageWords | None:
    try:
        path = current_app.extensions["store"].path(version.storage_key)
    except Missing:
        return None
    return preview.words_on(path, version.media_type, min(page, 100_000))
