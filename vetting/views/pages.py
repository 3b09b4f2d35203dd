"""Pages of evidence as pictures that we drew: what the viewer shows, and the addresses it shows them from.

The original never goes to a browser as anything but a download. What is not drawn yet is asked for here and drawn by
the worker.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, current_app, jsonify, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.documents.preview import PROBLEMS
from vetting.documents.renditions import DRAWN_AS, Renditions, Sheet, Source
from vetting.models import DocumentVersion
from vetting.policy import Permission
from vetting.queries import evidence
from vetting.storage import Missing, StoreUnreachable
from vetting.views import scans
from vetting.views.errors import translated
from vetting.views.evidence import load_version
from vetting.views.guard import guarded
from vetting.views.stored import store

bp = Blueprint("pages", __name__)

MOST = 99_999

ZOOMS = {"fit": 0, "100": 100, "150": 150, "200": 200}
"""How large a page is shown: as wide as its pane, or a percentage of its size on paper."""

WIDEST = 1224.0
"""Points; a poster is not shown larger than this at 100 percent."""

LONG = timedelta(minutes=1)
"""A wait that should be explained."""


def load_page(session: Session, reference: str, number: int, **page: Any) -> evidence.VersionInUse | None:
    """The document version that the address names; which page of it, the view asks after the policy was asked."""
    return load_version(session, reference, number)


@bp.get("/evidence/<reference>/<int:number>/pages/<int(min=1, max=99999):page>/<any(base, large):size>")
@guarded(Permission.EVIDENCE_OPEN, load_page, sees=Permission.EVIDENCE_VIEW)
def picture(found: evidence.VersionInUse) -> Response:
    """One page as a WebP picture. What stands under its address never changes."""
    asked: dict[str, Any] = request.view_args or {}
    source = source_of(found.version)
    path = None if not scans.readable(found.version) else renditions().picture(source, asked["page"], asked["size"])
    if path is None:
        abort(404)
    # Not the hash of the file: it would tell who sent it to anybody who has that file.
    etag = f"{found.version.id}-{DRAWN_AS}-{asked['page']}-{asked['size']}"
    response = send_file(path, mimetype="image/webp", conditional=True, etag=etag)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # Asked for again each time, so that whoever loses the right to see it, or signs out, has seen it last.
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@bp.get("/evidence/<reference>/<int:number>/pages/<int(min=1, max=99999):page>")
@guarded(Permission.EVIDENCE_OPEN, load_page, sees=Permission.EVIDENCE_VIEW)
def progress(found: evidence.VersionInUse) -> Response:
    """Whether a page can be shown by now, for the script of a page that waits for it."""
    page = int((request.view_args or {})["page"])
    sheet = None if not scans.readable(found.version) else sheet_of(found.version, page)
    return jsonify(ready=sheet is not None, text=_waiting_words(source_of(found.version)))


def renditions() -> Renditions:
    """Where drawn pages are kept."""
    kept: Renditions = current_app.extensions["renditions"]
    return kept


def source_of(version: DocumentVersion) -> Source:
    """The bytes of a version as the renditions name them."""
    return Source(version.sha256, version.storage_key, version.media_type)


def copy_href(version: DocumentVersion) -> str:
    """Where the copy is that its pages were drawn from; empty while there is none."""
    if not scans.readable(version) or renditions().copy(source_of(version)) is None:
        return ""
    return url_for("evidence.copy", reference=version.document.reference, number=version.number)


def want(version: DocumentVersion) -> None:
    """Ask for the first pages of a document, if there is something to draw."""
    if scans.readable(version):
        renditions().want(source_of(version))


def sheet_of(version: DocumentVersion, page: int) -> Sheet | None:
    """A page of a version; None while it is being prepared, which this asks for."""
    source = source_of(version)
    sheet = renditions().sheet(source, page)
    if sheet is None and _stored(version):
        renditions().want(source, page, waiting=True)
    elif sheet is not None and sheet.page < sheet.pages:
        # Whoever reads a page soon reads the next.
        renditions().want(source, sheet.page + 1)
    return sheet


def _waiting_words(source: Source) -> str:
    """What a person reads who waits for pages."""
    others, since = renditions().ahead(source)
    if since is not None and clock.now() - since > LONG:
        return str(
            _("We are preparing the pages. It takes longer than usual; you can download the document meanwhile.")
        )
    if others:
        return str(
            ngettext(
                "We are preparing the pages. %(num)s other document comes first.",
                "We are preparing the pages. %(num)s other documents come first.",
                others,
            )
        )
    return str(_("We are preparing the pages."))


def _stored(version: DocumentVersion) -> bool:
    try:
        store().size(version.storage_key)
    except Missing:
        return False
    except StoreUnreachable:
        # Nobody knows; the pages are still waited for.
        return True
    return True


def shown(version: DocumentVersion, page: int, zoom: str) -> dict[str, Any]:
    """One page as the viewer takes it: a picture with its words, words alone, a wait, or why there is nothing."""
    source = source_of(version)
    hindrance = scans.hindrance(version)
    if hindrance is not None:
        return _nothing(translated(hindrance))
    if not source.shown:
        return _nothing(_("This kind of file cannot be shown here."))
    sheet = sheet_of(version, page)
    if sheet is None:
        if not _stored(version):
            return _nothing(_("The file is missing from the store. Tell the office."))
        known = {"page": page, "pages": renditions().pages(source)}
        return {**_nothing(""), **known, "poll_href": _address(version, page), "waiting": _waiting_words(source)}
    if sheet.outcome != "done":
        return {**_nothing(_(PROBLEMS[sheet.outcome])), "page": sheet.page, "pages": sheet.pages}
    return {
        "page": sheet.page,
        "pages": sheet.pages,
        "problem": "",
        "poll_href": "",
        "picture": _picture(version, sheet, ZOOMS[zoom]) if source.drawn else None,
        "lines": sheet.lines,
        "text": sheet.text.strip(),
        "cut": sheet.cut,
    }


def closed(why: str) -> dict[str, Any]:
    """What the viewer shows of a document that its reader may not open."""
    return _nothing(why)


def _nothing(problem: str) -> dict[str, Any]:
    empty = {"page": 1, "pages": 0, "poll_href": "", "picture": None, "lines": (), "text": "", "cut": False}
    return {**empty, "problem": problem}


def _picture(version: DocumentVersion, sheet: Sheet, percent: int) -> dict[str, Any]:
    paper = min(sheet.width, WIDEST) * 96 / 72
    shape = sheet.height / sheet.width
    wide = max(1, round(paper * (percent or 100) / 100))
    return {
        "base": _address(version, sheet.page, "base"),
        "base_width": sheet.base[0],
        "large": _address(version, sheet.page, "large"),
        "large_width": sheet.large[0],
        "fits": not percent,
        "width": wide,
        "height": max(1, round(wide * shape)),
        "paper_width": sheet.width,
        "paper_height": sheet.height,
    }


def _address(version: DocumentVersion, page: int, size: str = "") -> str:
    place: dict[str, Any] = {"reference": version.document.reference, "number": version.number, "page": page}
    return url_for("pages.picture", size=size, v=DRAWN_AS, **place) if size else url_for("pages.progress", **place)
