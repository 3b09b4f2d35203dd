"""Talking about a text before it is signed: comments, other words, answers, and what changed between two versions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.comparing import GONE, NEW, word_by_word
from vetting.extensions import db
from vetting.forms.agreements import RemarkForm
from vetting.forms.fields import options
from vetting.models import Agreement, AgreementTerms, Remark, RemarkState, Side
from vetting.policy import Permission, allows
from vetting.queries import agreements, negotiation
from vetting.text import N_
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, step_url, take
from vetting.workflows.agreement_text import WORDS_ONLY, part_text, parts_to_discuss
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import WORKFLOWS
from vetting.workflows.scope_of_service import draft_content, words_hash
from vetting.workflows.terms_told import Change, changes

bp = Blueprint("talks", __name__)

SIDES = {Side.PARTNER: N_("The partner"), Side.SCHOOL: N_("The school"), Side.DISTRICT: N_("The partnerships office")}

TONES = {
    RemarkState.OPEN: "warn",
    RemarkState.ACCEPTED: "good",
    RemarkState.DECLINED: "neutral",
    RemarkState.SETTLED: "neutral",
    RemarkState.WITHDRAWN: "neutral",
}


def load(session: Session, reference: str) -> Agreement | None:
    """An agreement by its public reference."""
    return agreements.by_reference(session, reference)


@bp.get("/agreements/<reference>/talk")
@guarded(Permission.AGREEMENT_VIEW, load)
def show(subject: Agreement) -> str:
    """What was said about each part, what waits for an answer, and the versions that were shown."""
    return _page(subject, _form(subject))


def _form(agreement: Agreement) -> RemarkForm:
    form = RemarkForm()
    parts = parts_to_discuss(db.session(), agreement)
    form.part.choices = options([("", _("Choose a part")), *((key, _(name)) for key, name in parts.items())])
    if request.method == "GET":
        form.part.data = request.args.get("part", "")
        fixed = agreement.terms is AgreementTerms.FIXED and form.part.data.startswith("clause:")
        if form.part.data in parts and not fixed and (form.part.data in WORDS_ONLY or ":" in form.part.data):
            form.proposed.data = part_text(db.session(), agreement, form.part.data)
    return form


def _page(agreement: Agreement, form: RemarkForm) -> str:
    session = db.session()
    names = parts_to_discuss(session, agreement)
    unsigned = agreement.state in agreements.UNSIGNED
    return render_template(
        "agreements/talk.html",
        agreement=agreement,
        form=form,
        unsigned=unsigned,
        speaks=unsigned and allows(Permission.AGREEMENT_DISCUSS, actor(), agreement),
        negotiated=agreement.terms is AgreementTerms.NEGOTIATED,
        remarks=[_line(remark, names) for remark in negotiation.remarks(session, agreement.id)],
        shown=_versions(agreement),
        sides=SIDES,
        steps=possible("agreement", agreement),
        step_url=step_url,
    )


def _line(remark: Remark, names: dict[str, str]) -> dict[str, Any]:
    words = WORKFLOWS["agreement_remark"].words[remark.state]
    return {
        "remark": remark,
        "part": _(names.get(remark.part, remark.part)),
        # Partners read for whom somebody spoke; names of school and office people stay with their own.
        "named": remark.side is Side.PARTNER or allows(Permission.SCHOOL_VIEW, actor(), remark.agreement),
        "side": _(SIDES[remark.side]),
        "state": _(words.public),
        "tone": TONES[remark.state],
        "pieces": word_by_word(remark.was, remark.proposed) if remark.proposed else [],
        "steps": {name: step for name, step in possible("agreement_remark", remark).items() if step.open},
    }


@bp.post("/agreements/<reference>/talk")
@guarded(Permission.AGREEMENT_DISCUSS, load, sees=Permission.AGREEMENT_VIEW)
def add(subject: Agreement) -> Response | tuple[str, int]:
    """Comment on a part, or propose other words for it."""
    form = _form(subject)
    if not form.validate():
        return _page(subject, form), 422
    session, person = db.session(), actor()
    was = part_text(session, subject, form.part.data)
    remark = Remark(
        agreement=subject,
        part=form.part.data,
        side=negotiation.side_of(person, subject.organization_id, subject.school_id),
        author_id=person.user_id,
        body=form.body.data or "",
        was=was,
        # Words that were put into the field and not changed are no proposal.
        proposed="" if form.proposed.data == was and form.body.data else form.proposed.data or "",
    )
    try:
        take("agreement_remark", remark, "make")
    except StepRefused as refused:
        db.session.rollback()
        form.part.errors = [translated(reason) for reason in refused.reasons]
        return _page(load(db.session(), subject.reference) or subject, form), 409
    flash(_("Your comment was added. The other side gets a message."), "success")
    return redirect(url_for("talks.show", reference=subject.reference), code=303)


@bp.get("/agreements/<reference>/compare")
@guarded(Permission.AGREEMENT_VIEW, load)
def compare(subject: Agreement) -> str | Response:
    """Two versions word by word, and a list of what changed."""
    versions = _versions(subject)
    if len(versions) < 2:
        flash(_("There is only one version so far, so there is nothing to compare."), "info")
        return redirect(url_for("talks.show", reference=subject.reference), code=303)
    keys = list(versions)
    new = request.args.get("to", "") if request.args.get("to") in versions else keys[-1]
    before_it = keys[-2]
    if new == "now" and len(keys) > 2 and _same(versions[keys[-2]], versions["now"]):
        # Nothing was written since the text was last shown, so the change before it is what people look for.
        before_it = keys[-3]
    old = request.args.get("from", "") if request.args.get("from") in versions else before_it
    rows = [
        {"heading": _(change.heading), "pieces": change.pieces, "what": _what(change)}
        for change in changes(versions[old]["content"], versions[new]["content"])
    ]
    return render_template(
        "agreements/compare.html",
        agreement=subject,
        versions=versions,
        old=old,
        new=new,
        changed=rows,
    )


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return words_hash(one["content"]) == words_hash(other["content"])


def _what(change: Change) -> str:
    if change.kinds == {NEW}:
        return str(_("added"))
    if change.kinds == {GONE}:
        return str(_("taken out"))
    return str(_("changed"))


def _versions(agreement: Agreement) -> dict[str, dict[str, Any]]:
    """Every version there is to compare, oldest first, by a name for the address: what this changes, what was shown,
    what was sent, and the draft as it is now."""
    session = db.session()
    found: dict[str, dict[str, Any]] = {}
    earlier = agreements.earlier(session, agreement)
    if earlier is not None and earlier.versions:
        title = _("Agreement %(reference)s, as it was signed", reference=earlier.reference)
        found["earlier"] = {"title": title, "content": earlier.versions[-1].content, "at": earlier.executed_at}
    rows = [
        (edition.shared_at, f"e{edition.number}", _("Text shown %(n)s", n=edition.number), edition.content)
        for edition in negotiation.editions(session, agreement.id)
    ]
    rows += [
        (
            version.frozen_at,
            f"v{version.number}",
            _("Sent for signature, version %(n)s", n=version.number),
            version.content,
        )
        for version in agreement.versions
    ]
    for at, key, title, content in sorted(rows, key=lambda row: row[0]):
        found[key] = {"title": title, "content": content, "at": at}
    if agreement.state in agreements.UNSIGNED:
        found["now"] = {"title": _("The draft as it is now"), "content": draft_content(session, agreement), "at": None}
    return found
