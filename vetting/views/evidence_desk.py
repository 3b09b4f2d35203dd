"""Documents to check: the pile, one document beside what was typed about it, accepting and returning it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, rehearsal
from vetting.data.evidence_types import EvidenceType
from vetting.extensions import db
from vetting.forms.evidence_check import CheckForm, ReturnForm, check_form, read_office
from vetting.models import DocumentVersion, Feature, ScanResult
from vetting.policy import Permission, sees_original
from vetting.queries import cases, evidence, evidence_queue, vault
from vetting.queries.evidence_queue import LATE, NO_LANE, Filters, Waiting
from vetting.views import casefile, findings, previews, vault_words
from vetting.views.desk_words import count_words, due_words, state_words, timeline_entries
from vetting.views.errors import refusal_texts
from vetting.views.evidence import load_version
from vetting.views.expertise_words import lanes as lane_names
from vetting.views.features import in_use
from vetting.views.guard import actor, guarded
from vetting.views.steps import back_to, possible, take, version_seen
from vetting.workflows.engine import StepRefused

bp = Blueprint("evidence_desk", __name__, url_prefix="/desk/documents")

Answer = str | Response | tuple[str, int]


def load(session: Session, reference: str, number: int) -> DocumentVersion | None:
    """A version that may be looked at by its reader; one of a case they review blindly is not."""
    found = load_version(session, reference, number)
    if found is None or not sees_original(actor(), found.reviews):
        return None
    return found.version


def filters_from_request() -> Filters:
    """The filters that the address names, as far as they are known."""
    args = request.args
    lanes = {*evidence_queue.lanes_of(actor()), NO_LANE} - {""} if in_use(Feature.LANES) else set()
    kind, scan = args.get("kind", ""), args.get("scan", "")
    return Filters(
        lane=args.get("lane", "") if args.get("lane", "") in lanes else "",
        kind=kind if evidence.kind_named(kind) else "",
        age=LATE if args.get("age") == LATE else "",
        scan=scan if scan in {result.value for result in ScanResult} else "",
    )


def _number(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 16 else 0


@bp.get("")
@guarded(Permission.EVIDENCE_QUEUE)
def index() -> str:
    """What waits to be checked by this person, newest first."""
    filters, today = filters_from_request(), clock.today()
    found = evidence_queue.pile(db.session(), actor(), filters, today, after=_number("after"), before=_number("before"))
    args = filters.as_args()
    checks = findings.alone(row.version for row in found.rows)
    shown = sum(found.by_lane.values()) if not filters.lane else found.by_lane.get(_lane(filters.lane), 0)
    return render_template(
        "evidence/queue.html",
        rows=[{**_row(row, args), "checks": checks.get(row.version.id)} for row in found.rows],
        tabs=_tabs(filters, found.by_lane) if in_use(Feature.LANES) else [],
        filters=_filters(filters),
        active=_active(filters),
        clear_href=url_for("evidence_desk.index"),
        keep={"lane": filters.lane} if filters.lane else {},
        summary=ngettext("%(num)s document to check", "%(num)s documents to check", shown),
        days=evidence_queue.business_days(db.session()),
        previous_href=url_for("evidence_desk.index", before=found.before, **args) if found.before else None,
        next_href=url_for("evidence_desk.index", after=found.after, **args) if found.after else None,
    )


def _lane(key: str) -> str:
    return "" if key == NO_LANE else key


def _tabs(filters: Filters, by_lane: Mapping[str, int]) -> list[dict[str, Any]]:
    names = dict(lane_names())
    others = {name: value for name, value in filters.as_args().items() if name != "lane"}
    piles = [("", _("All you may check"), sum(by_lane.values()))]
    piles += [
        (lane or NO_LANE, names.get(lane, "") or _("No special knowledge"), by_lane.get(lane, 0))
        for lane in evidence_queue.lanes_of(actor())
    ]
    return [
        {
            "label": label,
            "count": count_words(count),
            "href": url_for("evidence_desk.index", **{**others, **({"lane": lane} if lane else {})}),
            "current": filters.lane == lane,
        }
        for lane, label, count in piles
    ]


def _filters(filters: Filters) -> list[dict[str, Any]]:
    lanes = evidence_queue.lanes_of(actor())
    wanted = [_lane(filters.lane)] if filters.lane else lanes
    kinds = [(key, _(cases.document_name(key))) for key in evidence_queue.kinds_in(wanted)]
    scans = [(result.value, vault_words.scan_words(result)) for result in ScanResult]
    ages = [("", _("Any age")), (LATE, _("Late"))]
    return [
        {"name": "kind", "label": _("Kind"), "value": filters.kind, "options": [("", _("All kinds")), *kinds]},
        {"name": "age", "label": _("Age"), "value": filters.age, "options": ages},
        {"name": "scan", "label": _("Virus check"), "value": filters.scan, "options": [("", _("Any")), *scans]},
    ]


def _active(filters: Filters) -> list[dict[str, str]]:
    words = {
        "kind": _(cases.document_name(filters.kind)) if filters.kind else "",
        "age": _("Late"),
        "scan": vault_words.scan_words(ScanResult(filters.scan)) if filters.scan else "",
    }
    args = filters.as_args()
    return [
        {
            "label": words[name],
            "remove_href": url_for("evidence_desk.index", **{k: v for k, v in args.items() if k != name}),
        }
        for name in words
        if name in args
    ]


def _row(waiting: Waiting, args: Mapping[str, Any]) -> dict[str, Any]:
    version = waiting.version
    due, late = due_words(waiting.due_on)
    return {
        "name": _(cases.document_name(version.document.type_key)),
        "href": _address(version, args),
        "organization": version.document.organization.legal_name,
        "case": waiting.case,
        "came_on": waiting.came_on,
        "due": due,
        "late": late,
        "scan": vault_words.scan_words(version.scan),
        "scan_tone": vault_words.SCAN_TONES.get(version.scan, ""),
    }


def _address(version: DocumentVersion, args: Mapping[str, Any], endpoint: str = "evidence_desk.show") -> str:
    return url_for(endpoint, reference=version.document.reference, number=version.number, **args)


@bp.get("/<reference>/<int:number>")
@guarded(Permission.EVIDENCE_CHECK, load, sees=Permission.EVIDENCE_VIEW)
def show(version: DocumentVersion) -> str:
    """One document with its pages, what was typed about it, and the decision."""
    return _page(version, check_form(_kind(version), version))


def _kind(version: DocumentVersion) -> EvidenceType:
    kind = evidence.kind_named(version.document.type_key)
    if kind is None:
        abort(404)
    return kind


def _page(version: DocumentVersion, form: CheckForm, problems: list[dict[str, str]] | None = None) -> str:
    session, filters, today = db.session(), filters_from_request(), clock.today()
    args, kind = filters.as_args(), _kind(version)
    steps = possible("evidence", version)
    here = _address(version, args)
    before = evidence_queue.one_before(session, actor(), filters, today, version.id)
    after = evidence_queue.next_one(session, actor(), filters, today, version.id)
    waits = "accept" in steps and version.state.value == "received"
    due, late = due_words(evidence_queue.due_of(session, version)) if waits else ("", False)
    return render_template(
        "evidence/check.html",
        version=version,
        kind=kind,
        name=_(kind.name),
        form=form,
        problems=problems or [],
        due_words=due,
        late=late,
        state=state_words("evidence", version.state),
        tone=vault_words.TONES.get(version.state, "neutral"),
        viewer={
            **casefile.viewer_of(version, version.document.type_key, here, hidden=False),
            "checks": findings.alone([version]).get(version.id),
        },
        typed=vault_words.typed_rows(version, kind),
        read=vault_words.office_rows(version),
        uses=vault_words.use_rows(vault.uses_of(session, [version.id]).get(version.id), office=True),
        may_accept="accept" in steps,
        may_return="return" in steps,
        return_href=_address(version, args, "evidence_desk.give_back"),
        here=here,
        back_href=url_for("evidence_desk.index", **args),
        before=_address(before, args) if before is not None else "",
        next_one=_address(after, args) if after is not None else "",
        timeline=timeline_entries(vault.history(session, version.id)),
    )


@bp.post("/<reference>/<int:number>")
@guarded(Permission.EVIDENCE_CHECK, load, sees=Permission.EVIDENCE_VIEW)
def accept(version: DocumentVersion) -> Answer:
    """Accept it with what the office read, and go on to the next one."""
    form = check_form(_kind(version), version)
    reading = read_office(form)
    if reading is None:
        return _page(version, form), 422
    try:
        take("evidence", version, "accept", data=reading, version=version_seen())
    except StepRefused as refused:
        db.session.rollback()
        return _page(version, form, refusal_texts(refused.reasons)), 422
    flash(_("Accepted: %(name)s.", name=_(_kind(version).name)), "success")
    return redirect(_onward(version), code=303)


def _onward(version: DocumentVersion) -> str:
    """The page that the reader came from, else the next document of the pile, else the pile."""
    filters = filters_from_request()
    following = evidence_queue.next_one(db.session(), actor(), filters, clock.today(), version.id)
    args = filters.as_args()
    return back_to(_address(following, args) if following is not None else url_for("evidence_desk.index", **args))


@bp.route("/<reference>/<int:number>/return", methods=["GET", "POST"])
@guarded(Permission.EVIDENCE_CHECK, load, sees=Permission.EVIDENCE_VIEW)
def give_back(version: DocumentVersion) -> Answer:
    """Return it with a reason; the mail is looked at first."""
    if "return" not in possible("evidence", version):
        abort(404)
    kind = _kind(version)
    form = ReturnForm()
    form.offer(kind)
    title = _("Return “%(name)s”", name=_(kind.name))
    back = back_to(_address(version, filters_from_request().as_args()))
    consequences = [
        _("The organization gets mail with your reason, in your words."),
        _("It can send a new version at once, also for an open case. It reads what a good one looks like."),
    ]
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and not previews.wants_edit():
        if form.validate():
            reason = form.words()
            try:
                if previews.wants_look():
                    seen = version_seen()
                    act = rehearsal.step("evidence", version.id, "return", actor(), reason=reason, seen_version=seen)
                    found = previews.letters(act)
                    return previews.page(found, title=title, submit=title, back_href=back, consequences=consequences)
                take("evidence", version, "return", reason=reason, version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("Returned: %(name)s.", name=_(kind.name)), "success")
                return redirect(_onward(version), code=303)
        status = 422
    page = render_template(
        "evidence/return.html",
        form=form,
        title=title,
        consequences=consequences,
        good=_(kind.good_example),
        back_href=back,
        next=request.values.get("next", ""),
        version=version.version,
        problems=problems,
    )
    return page, status
