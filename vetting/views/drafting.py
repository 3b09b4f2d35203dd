"""Writing the scope of service: a list of short sections that save by themselves, and what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.documents.agreement import agreement_body
from vetting.extensions import db
from vetting.forms.agreement_sections import MOST_ROWS, SECTIONS, AgreementSection, SectionForm, draft_values, mark_of
from vetting.models import Agreement
from vetting.policy import Permission, allows
from vetting.queries import agreements, fund, procurement
from vetting.queries.agreement_types import template, type_of
from vetting.text import N_
from vetting.unit_of_work import LostRace
from vetting.views.applicant.sections import saved_time
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, take
from vetting.workflows.engine import StepRefused
from vetting.workflows.scope_of_service import draft_content, missing_parts, payments_fault, signers_of

bp = Blueprint("drafting", __name__)

BUYING_RULES = {
    "sound_business_practice": N_("sound business practice"),
    "three_written_quotes": N_("written quotes from three vendors"),
    "sealed_bids_or_proposals": N_("sealed bids or proposals"),
}


@dataclass(frozen=True)
class Page:
    """A section of one draft; the policy asks about the agreement."""

    agreement: Agreement
    section: AgreementSection

    @property
    def organization_id(self) -> int:
        return self.agreement.organization_id

    @property
    def school_id(self) -> int:
        return self.agreement.school_id

    @property
    def url(self) -> str:
        return url_for("drafting.section", reference=self.agreement.reference, key=self.section.key)


def load(session: Session, reference: str) -> Agreement | None:
    """An agreement by its public reference."""
    return agreements.by_reference(session, reference)


def load_section(session: Session, reference: str, key: str) -> Page | None:
    """A section of an agreement; None where either does not exist."""
    agreement = agreements.by_reference(session, reference)
    section = next((item for item in SECTIONS if item.key == key), None)
    return Page(agreement, section) if agreement is not None and section is not None else None


EDIT = guarded(Permission.AGREEMENT_DRAFT, load_section, sees=Permission.AGREEMENT_VIEW)


def _fixed(agreement: Agreement) -> Response | None:
    """Where to go instead, once the text is fixed."""
    if agreement.state in agreements.UNSIGNED:
        return None
    flash(_("The text is fixed once it is sent. Choose “Change the text” to open it again."), "info")
    return redirect(url_for("agreements.show", reference=agreement.reference), code=303)


@bp.get("/agreements/<reference>/edit")
@guarded(Permission.AGREEMENT_DRAFT, load, sees=Permission.AGREEMENT_VIEW)
def tasks(subject: Agreement) -> str | Response:
    """The sections with what each lacks, and the text beside them."""
    if (instead := _fixed(subject)) is not None:
        return instead
    session = db.session()
    parts = missing_parts(subject)
    fault = payments_fault(subject)
    return render_template(
        "agreements/tasks.html",
        agreement=subject,
        kind=type_of(session, subject),
        sections=[{"title": "", "tasks": [_task(subject, item) for item in SECTIONS]}],
        missing=[{"text": _(part.label), "href": section_url(subject, part.section)} for part in parts],
        fault=translated(fault) if fault else "",
        body=agreement_body(draft_content(session, subject)) if subject.starts_on and subject.ends_on else None,
        steps=possible("agreement", subject),
        buying=buying_words(subject),
        brought=brought_words(subject),
    )


def section_url(agreement: Agreement, key: str) -> str:
    """The page of one section."""
    return url_for("drafting.section", reference=agreement.reference, key=key)


def _task(agreement: Agreement, section: AgreementSection) -> dict[str, Any]:
    lacks = [part for part in missing_parts(agreement) if part.section == section.key]
    fault = section.key == "money" and payments_fault(agreement) is not None
    unread = section.key in agreement.draft.get("unread", [])
    state, tone = _("Complete"), "good"
    if lacks or fault or (section.key == "service" and not (agreement.starts_on and agreement.ends_on)):
        state, tone = _("Something is missing"), "warn"
    elif unread:
        state, tone = _("Brought over: please check"), "info"
    note = ", ".join(_(part.label) for part in lacks)
    return {
        "name": section.title,
        "href": section_url(agreement, section.key),
        "state": state,
        "tone": tone,
        "note": note,
    }


def brought_words(agreement: Agreement) -> str:
    """Where the first words of a draft come from; empty when somebody wrote all of them."""
    source = agreement.draft.get("brought", "")
    if not source:
        return ""
    if source == "program":
        return str(_("We filled in what the program says of itself. Please check it."))
    return str(_("We brought the words of agreement %(reference)s over. Please check each part.", reference=source))


def buying_words(agreement: Agreement) -> list[str]:
    """What the partner's total of the year asks for, or comes close to; nothing for an agreement without money."""
    if not agreement.amount_cents:
        return []
    now = procurement.standing(db.session(), agreement, clock.today())
    said = [
        ngettext(
            "With this agreement the partner gets %(total)s in %(year)s, at %(num)s school.",
            "With this agreement the partner gets %(total)s in %(year)s, at %(num)s schools.",
            now.schools,
            total=_dollars(now.total_cents),
            year=agreement.fiscal_year,
        )
    ]
    if now.band.from_cents:
        said.append(
            _(
                "From %(start)s on, the buying rule is: %(rule)s.",
                start=_dollars(now.band.from_cents),
                rule=_(BUYING_RULES[now.band.rule.value]),
            )
        )
    if now.next_band is not None:
        said.append(
            _(
                "This is close to %(start)s, from where the buying rule is: %(rule)s.",
                start=_dollars(now.next_band.from_cents),
                rule=_(BUYING_RULES[now.next_band.rule.value]),
            )
        )
    return [str(line) for line in said]


def _dollars(cents: int) -> str:
    return f"${cents // 100:,}" if cents % 100 == 0 else f"${cents / 100:,.2f}"


def form_of(page: Page) -> SectionForm:
    """The form of a section with what is stored, or with what was just submitted."""
    agreement, session = page.agreement, db.session()
    form = page.section.form() if request.method == "POST" else page.section.form(data=draft_values(agreement))
    form.offer(agreement, template(agreement.template_version), signers_of(session, agreement))
    if "renews" in form and not type_of(session, agreement).renews_by_itself:
        del form["renews"]
    return form


@bp.get("/agreements/<reference>/edit/<key>")
@EDIT
def section(page: Page) -> str | Response:
    """One section of the draft."""
    return _fixed(page.agreement) or _section_page(page, form_of(page))


@bp.post("/agreements/<reference>/edit/<key>")
@EDIT
def save(page: Page) -> str | Response | tuple[str, int]:
    """Save a section, gaps and all. What somebody else saved meanwhile is shown beside what was typed."""
    if (instead := _fixed(page.agreement)) is not None:
        return instead
    form = form_of(page)
    wanted = request.form.get("add", "")
    if wanted in form.rows:
        if len(form[wanted].entries) < MOST_ROWS:
            form[wanted].append_entry()
            form.offer(
                page.agreement, template(page.agreement.template_version), signers_of(db.session(), page.agreement)
            )
        return _section_page(page, form)
    if not form.validate():
        return _section_page(page, form), 422
    page, problem = _store(page, form)
    if problem == CLASH:
        return _section_page(page, form, clash=True), 409
    if problem:
        next(iter(form)).errors = [problem]
        return _section_page(page, form), 409
    flash(_("Saved."), "success")
    return redirect(_after(page), code=303)


CLASH = "clash"


def _store(page: Page, form: SectionForm) -> tuple[Page, str]:
    """Save, unless somebody else saved this section after the page was made. A lost race is tried again once."""
    for attempt in (1, 2):
        agreement = page.agreement
        stored = mark_of(form, agreement)
        if request.form.get("seen", stored) != stored:
            return page, CLASH
        try:
            take("agreement", agreement, "save", data=form.command(agreement, page.section.key))
        except LostRace:
            db.session.rollback()
            again = load_section(db.session(), agreement.reference, page.section.key)
            if again is None or attempt == 2:
                raise
            page = again
        except StepRefused as refused:
            db.session.rollback()
            return page, translated(refused.reasons[0])
        else:
            return page, ""
    raise LostRace("the draft is being saved by several people at once")


def _after(page: Page) -> str:
    """The next section that lacks something; the list when there is none or the reader wants to go there."""
    reference = page.agreement.reference
    here = [item.key for item in SECTIONS].index(page.section.key)
    if request.form.get("then") != "later":
        lacking = {part.section for part in missing_parts(page.agreement)} | set(page.agreement.draft.get("unread", []))
        for item in SECTIONS[here + 1 :]:
            if item.key in lacking:
                return section_url(page.agreement, item.key)
    return url_for("drafting.tasks", reference=reference)


@bp.post("/agreements/<reference>/edit/<key>/autosave")
@EDIT
def autosave(page: Page) -> Response | tuple[Response, int]:
    """Save what is readable while a person types."""
    form = form_of(page)
    if page.agreement.state not in agreements.UNSIGNED:
        return jsonify({"message": _("The text was sent for signature, so it is fixed now.")}), 409
    if not form.validate():
        return jsonify({"message": _problem_line(form)}), 422
    page, problem = _store(page, form)
    if problem == CLASH:
        return jsonify({"message": _("Somebody else changed this part. Use the save button to see both texts.")}), 409
    if problem:
        return jsonify({"message": problem}), 409
    answer: Response = jsonify({"saved_at": saved_time(clock.now()), "fields": {"seen": mark_of(form, page.agreement)}})
    return answer


def _problem_line(form: SectionForm) -> str:
    name, texts = next((field.label.text, field.errors) for field in form if field.errors)
    return str(_("Not saved yet: “%(name)s”. %(text)s.", name=name, text=_first(texts)))


def _first(errors: Any) -> str:
    while not isinstance(errors, str):
        values = list(errors.values() if isinstance(errors, dict) else errors)
        values = [value for value in values if value]
        if not values:
            return ""
        errors = values[0] if isinstance(values[0], (list, tuple, dict)) else str(values[0])
    return errors


def _section_page(page: Page, form: SectionForm, *, clash: bool = False) -> str:
    agreement = page.agreement
    stored = mark_of(form, agreement)
    return render_template(
        "agreements/section.html",
        page=page,
        agreement=agreement,
        form=form,
        seen=stored if clash or request.method == "GET" else request.form.get("seen", stored),
        theirs=_stored_lines(agreement, form) if clash else [],
        most=MOST_ROWS,
        figures=_figures(agreement) if page.section.key == "money" else None,
        buying=buying_words(agreement) if page.section.key == "money" else [],
        kind=type_of(db.session(), agreement),
        autosave_url=url_for("drafting.autosave", reference=agreement.reference, key=page.section.key),
    )


def _figures(agreement: Agreement) -> fund.Figures | None:
    if not allows(Permission.FUND_VIEW, actor(), agreement.school):
        return None
    return fund.figures(db.session(), agreement.school_id, agreement.fiscal_year)


def _stored_lines(agreement: Agreement, form: SectionForm) -> list[dict[str, str]]:
    """What is stored of a section, in words, beside what the reader typed."""
    values = draft_values(agreement)
    return [
        {"label": field.label.text, "text": _in_words(values[field.name])} for field in form if values.get(field.name)
    ]


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(_in_words(item) for item in value.values() if item)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(_in_words(item) for item in value)
    return str(value)
