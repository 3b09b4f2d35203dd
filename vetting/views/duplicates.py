"""Two records that may be one organization: the list, the comparison, and merging after a look at all of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import rehearsal
from vetting.extensions import db
from vetting.forms.organization import MergeForm, ReportForm
from vetting.models import DuplicatePair, DuplicateState, Organization
from vetting.policy import Permission, allows
from vetting.queries import duplicates, organizations
from vetting.views import previews
from vetting.views.desk_words import state_words
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded, may
from vetting.views.merge_words import KINDS
from vetting.views.steps import step_url, take, version_seen
from vetting.workflows.commands import MergeOrganizations
from vetting.workflows.effects import merging
from vetting.workflows.engine import StepRefused

bp = Blueprint("duplicates", __name__, url_prefix="/desk/duplicates")

TONES = {DuplicateState.SUSPECTED: "warn", DuplicateState.MERGED: "good"}
Answer = str | Response | tuple[str, int]


def load(session: Session, reference: str) -> DuplicatePair | None:
    """The pair that the address names."""
    return duplicates.find(session, reference)


@bp.get("")
@guarded(Permission.DUPLICATE_VIEW)
def index() -> str:
    """Pairs by what became of them; those to look at first."""
    return _index(ReportForm())


def _index(form: ReportForm) -> str:
    wanted = request.args.get("state", "")
    state = next((each for each in DuplicateState if each.value == wanted), DuplicateState.SUSPECTED)
    after = request.args.get("after", "")
    session = db.session()
    pairs, more = duplicates.page(session, actor(), state, int(after) if after.isdecimal() and len(after) < 16 else 0)
    return render_template(
        "duplicates/index.html",
        rows=[row(pair) for pair in pairs],
        tabs=[
            {
                "label": state_words("duplicate_pair", each),
                "href": url_for("duplicates.index", state=each.value),
                "current": each is state,
            }
            for each in DuplicateState
        ],
        next_href=url_for("duplicates.index", state=state.value, after=more) if more else "",
        form=form if may(Permission.DUPLICATE_SETTLE) else None,
    )


def row(pair: DuplicatePair) -> dict[str, Any]:
    """A pair as lists and case pages show it."""
    return {
        "first": pair.first.legal_name,
        "second": pair.second.legal_name,
        "references": f"{pair.first.reference} · {pair.second.reference}",
        "href": url_for("duplicates.show", reference=pair.reference),
        "reasons": [translated(reason) for reason in duplicates.in_words(pair.reasons)],
        "state": state_words("duplicate_pair", pair.state),
        "tone": TONES.get(pair.state, "neutral"),
        "because": pair.settled_because,
        "open": pair.state is DuplicateState.SUSPECTED,
    }


def of(organization_id: int) -> list[dict[str, Any]]:
    """The look-alikes of an organization, for people who may know of both."""
    if not may(Permission.DUPLICATE_VIEW):
        return []
    return [row(pair) for pair in duplicates.of_organization(db.session(), actor(), organization_id)]


@bp.post("")
@guarded(Permission.DUPLICATE_SETTLE)
def report() -> Answer:
    """Somebody of the office takes two records for one."""
    form = ReportForm()
    if not form.validate():
        return _index(form), 422
    session = db.session()
    found = []
    for field in (form.first, form.second):
        there = organizations.find(session, (field.data or "").upper())
        if there is None or not allows(Permission.ORGANIZATION_FILE, actor(), there):
            field.errors = [_("There is no organization with this reference")]
        else:
            found.append(there)
    if len(found) < 2:
        return _index(form), 422
    first, second = sorted(found, key=lambda each: each.id)
    if first.id == second.id:
        form.second.errors = [_("This is the same record. Enter the reference of another one")]
        return _index(form), 422
    known = duplicates.known_with(session, first.id).get(second.id)
    if known is None:
        known = DuplicatePair(first_id=first.id, second_id=second.id, first=first, second=second, reasons=[])
        try:
            take("duplicate_pair", known, "report")
        except StepRefused as refused:
            db.session.rollback()
            flash(" ".join(translated(reason) for reason in refused.reasons), "warning")
            return redirect(url_for("duplicates.index"), code=303)
    return redirect(url_for("duplicates.show", reference=known.reference), code=303)


@bp.get("/<reference>")
@guarded(Permission.DUPLICATE_VIEW, load)
def show(pair: DuplicatePair) -> str:
    """Both records side by side, why we think that they are one, and what can be done."""
    return render_template(
        "duplicates/show.html",
        pair=pair,
        row=row(pair),
        sides=[_side(pair.first), _side(pair.second)],
        dismiss=step_url("duplicate_pair", pair, "dismiss"),
        again=step_url("duplicate_pair", pair, "look_again"),
        different=pair.state is DuplicateState.DIFFERENT,
        may_settle=may(Permission.DUPLICATE_SETTLE, pair),
        may_merge=may(Permission.DUPLICATE_MERGE, pair) and pair.state is DuplicateState.SUSPECTED,
    )


def _side(organization: Organization) -> dict[str, Any]:
    return {
        "name": organization.legal_name,
        "reference": organization.reference,
        "href": url_for("organizations.show", reference=organization.reference),
        "facts": [
            {"key": _("Standing"), "value": state_words("partner", organization.state)},
            {"key": _("Also known as"), "value": organization.doing_business_as or _("No other name")},
            {"key": _("Tax ID"), "value": f"**-***{organization.ein_last4}" if organization.ein_last4 else _("None")},
            {"key": _("Website"), "value": organization.website or _("Not given")},
            {"key": _("Phone"), "value": organization.phone or _("Not given")},
            {"key": _("E-mail"), "value": organization.email or _("Not given")},
            {"key": _("Address"), "value": organization.address or _("Not given")},
            {"key": _("Programs"), "value": ", ".join(program.name for program in organization.programs) or _("None")},
        ],
    }


@bp.route("/<reference>/merge", methods=["GET", "POST"])
@guarded(Permission.DUPLICATE_MERGE, load, sees=Permission.DUPLICATE_VIEW)
def merge(pair: DuplicatePair) -> Answer:
    """What moves, who is told, and then the merge itself."""
    if pair.state is not DuplicateState.SUSPECTED:
        flash(_("This is settled already."), "info")
        return redirect(url_for("duplicates.show", reference=pair.reference), code=303)
    form = MergeForm()
    both = {pair.first.reference: pair.first, pair.second.reference: pair.second}
    form.stays.choices = [(ref, f"{each.legal_name} · {ref}") for ref, each in both.items()]
    problems: list[dict[str, str]] = []
    if request.method == "POST" and not previews.wants_edit():
        if form.validate():
            stays = both[str(form.stays.data)]
            try:
                return _merge(pair, stays, form.reason.data or "")
            except StepRefused as refused:
                db.session.rollback()
                problems = [{"text": translated(reason)} for reason in refused.reasons]
        status = 422
    else:
        status = 200
    session = db.session()
    page = render_template(
        "duplicates/merge.html",
        pair=pair,
        form=form,
        problems=problems,
        sides=[{**_side(each), "moves": _moves(session, each)} for each in (pair.first, pair.second)],
    )
    return page, status


def _moves(session: Session, organization: Organization) -> list[dict[str, Any]]:
    """How many rows of each kind a merge would move, in words."""
    counted: dict[str, int] = {}
    for table, _column, many in merging.belongings(session, organization.id):
        counted[table] = counted.get(table, 0) + many
    return [{"kind": _(KINDS[table]), "many": many} for table, many in counted.items() if many and table in KINDS]


def _merge(pair: DuplicatePair, stays: Organization, reason: str) -> Answer:
    goes = pair.second if stays.id == pair.first_id else pair.first
    command, seen, reference = MergeOrganizations(stays.id), version_seen(), stays.reference
    names = {"stays": stays.legal_name, "goes": goes.legal_name, "old": goes.reference, "new": stays.reference}
    moves = _moves(db.session(), goes)
    if previews.wants_look():
        act = rehearsal.step(
            "duplicate_pair", pair.id, "merge", actor(), data=command, reason=reason, seen_version=seen
        )
        back = url_for("duplicates.show", reference=pair.reference)
        return previews.page(
            previews.letters(act),
            title=_("Merge two records"),
            caption=_("%(goes)s goes into %(stays)s", **names),
            submit=_("Merge them now"),
            back_href=back,
            consequences=[
                *(_("%(kind)s: %(many)s move", **each) for each in moves),
                _("Links to %(old)s lead to %(new)s from then on.", **names),
                _("The history of both stays as it is."),
                _("This cannot be undone."),
            ],
        )
    take("duplicate_pair", pair, "merge", data=command, reason=reason, version=seen)
    flash(_("The two records are one now."), "success")
    return redirect(url_for("organizations.show", reference=reference), code=303)
