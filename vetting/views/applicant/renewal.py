"""What came along from an earlier application: what to check first, what is new, and which documents end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from vetting import clock
from vetting.extensions import db
from vetting.forms.questions import in_words
from vetting.forms.renewal import ProgramsForm
from vetting.models import Application, ApplicationKind, Program, ProgramState
from vetting.policy import Permission
from vetting.queries import evidence, renewals, tasklist
from vetting.queries.renewals import Item, Left, Paper
from vetting.views.applicant.blueprint import Place, bp, is_draft, load_case, section_url, subject_of, title_of
from vetting.views.guard import guarded, may
from vetting.views.steps import possible, take
from vetting.workflows.commands import CheckAnswers, ChoosePrograms


@bp.get("/apply/<reference>/brought-over")
@guarded(Permission.APPLICATION_VIEW, load_case)
def brought_over(application: Application) -> str | Response:
    """The numbers, what to check, what is new, the documents, and the programs that go on."""
    if not is_draft(application) or application.carryover is None:
        return redirect(url_for("applicant.case", reference=application.reference))
    return _page(application)


def _page(application: Application, form: ProgramsForm | None = None) -> str:
    until = new_end(application)
    found = renewals.left(application, until)
    renews = application.kind is ApplicationKind.RENEWAL
    return render_template(
        "applicant/brought_over.html",
        application=application,
        title=title_of(application),
        about=subject_of(application),
        numbers=numbers(found),
        from_list=application.carryover is not None and application.carryover.source is None,
        to_check=[_item(application, item) for item in found.to_check],
        new=[_item(application, item) for item in found.new],
        dropped=[_item(application, item) for item in found.dropped],
        papers=[_paper(application, paper) for paper in found.papers],
        form=form or (_programs_form(application) if renews else None),
        until=until,
        certify=certificate_is_open(application),
        ready=not found.to_check and not tasklist.missing(application),
    )


def new_end(application: Application) -> date | None:
    """The last day of the designation that a renewal asks for; None for other applications."""
    if application.kind is not ApplicationKind.RENEWAL:
        return None
    term = renewals.term_of(application.organization.designations, 0)
    if term is None:
        return None
    months = int(application.settings_version.content["partner_path"]["registration_months"])
    return renewals.next_term(term.ends_on, term.over, months, clock.today())[1]


def numbers(found: Left) -> list[str]:
    """“37 of 41 answers carried over”, and what is left, each only where there is any."""
    said = [_("%(carried)s of %(total)s answers carried over", carried=found.carried, total=found.total)]
    if found.to_check:
        count = len(found.to_check)
        if found.to_check[0].before is None:
            said.append(ngettext("%(num)s answer to check", "%(num)s answers to check", count))
        else:
            said.append(ngettext("%(num)s changed question to check", "%(num)s changed questions to check", count))
    if found.new:
        said.append(ngettext("%(num)s question to answer", "%(num)s questions to answer", len(found.new)))
    if found.asked_for:
        said.append(ngettext("%(num)s document to renew", "%(num)s documents to renew", len(found.asked_for)))
    return [str(line) for line in said]


def certificate_is_open(application: Application) -> bool:
    """Whether the short way is offered: nothing changed, and the person may certify it."""
    if application.kind is not ApplicationKind.RENEWAL or not may(Permission.APPLICATION_CERTIFY, application):
        return False
    return possible("application", application)["certify"].open


def _item(application: Application, item: Item) -> dict[str, Any]:
    return {
        "section": f"{item.program.name}: {_(item.section.title)}" if item.program else _(item.section.title),
        "question": _(item.question.label),
        "before": _(item.before.label) if item.before else "",
        "value": in_words(item.question, item.value),
        "value_before": in_words(item.before, item.value_before) if item.before else "",
        "href": f"{section_url(application, item.section, item.program)}#q_{item.question.key}",
        "program": item.place[0],
        "key": item.place[1],
    }


def _paper(application: Application, paper: Paper) -> dict[str, Any]:
    kind = evidence.kind_named(paper.type_key)
    return {
        "type": _(kind.name) if kind else paper.type_key,
        "filename": paper.version.filename if paper.version else "",
        "valid_until": paper.version.valid_until if paper.version else None,
        "newer_by": paper.newer_by,
        "ended_on": paper.ended_on,
        "href": url_for("applicant.document", reference=application.reference, type_key=paper.type_key),
    }


def _programs_form(application: Application) -> ProgramsForm:
    leaving = tasklist.leaving_out(application)
    own = own_programs(application)
    return ProgramsForm(own, [program.reference for program in own if program.id not in leaving])


def own_programs(application: Application) -> list[Program]:
    """Programs that can be renewed."""
    return [p for p in application.organization.programs if p.state is not ProgramState.ARCHIVED]


@bp.post("/apply/<reference>/brought-over")
@guarded(Permission.APPLICATION_EDIT, load_case, sees=Permission.APPLICATION_VIEW)
def checked(application: Application) -> Response:
    """An answer still holds although its question was changed."""
    here = url_for("applicant.brought_over", reference=application.reference)
    program, key = request.form.get("program", ""), request.form.get("question", "")
    wanted = (int(program), key) if program.isdecimal() and len(program) < 16 else None
    if is_draft(application) and wanted in renewals.unchecked(application):
        take("application", application, "check_answers", data=CheckAnswers((wanted,)))
        flash(_("Noted: this answer still holds."), "success")
    return redirect(here, code=303)


def section_checked(place: Place) -> None:
    """Whoever saves a part has read its questions, the changed ones as well."""
    own = {question.key for question in place.section.questions}
    seen = [p for p in renewals.unchecked(place.application) if p[0] == place.program_id and p[1] in own]
    if seen:
        take("application", place.application, "check_answers", data=CheckAnswers(tuple(seen)))


def changed_in(place: Place) -> list[dict[str, Any]]:
    """Questions of a part whose words were changed and whose answer nobody has looked at since."""
    own = {question.key for question in place.section.questions}
    if not any(p[0] == place.program_id and p[1] in own for p in renewals.unchecked(place.application)):
        return []
    found = renewals.left(place.application).to_check
    return [
        _item(place.application, item) for item in found if item.place[0] == place.program_id and item.place[1] in own
    ]


@bp.post("/apply/<reference>/brought-over/programs")
@guarded(Permission.APPLICATION_EDIT, load_case, sees=Permission.APPLICATION_VIEW)
def choose_programs(application: Application) -> str | Response | tuple[str, int]:
    """Which programs go on."""
    form = _programs_form(application)
    if not form.validate():
        return _page(application, form), 422
    stay = set(form.programs.data or [])
    leaving = tuple(p.id for p in own_programs(application) if p.reference not in stay)
    take("application", application, "choose_programs", data=ChoosePrograms(leaving))
    flash(_("Saved. What leaves the list stays in the directory until the renewal is approved."), "success")
    return redirect(url_for("applicant.brought_over", reference=application.reference), code=303)


def offers(organization_ids: Sequence[int], cases: Sequence[Application]) -> dict[int, dict[str, Any]]:
    """What the first page says about the end of an approval, by organization; nothing while it is far away."""
    today = clock.today()
    found = {}
    for number, term in renewals.terms(db.session(), organization_ids).items():
        live = next(
            (
                case
                for case in cases
                if case.organization_id == number
                and case.kind is ApplicationKind.RENEWAL
                and case.state in renewals.LIVE
            ),
            None,
        )
        if term.is_open(today):
            found[number] = {
                "ends_on": term.ends_on,
                "over": term.over,
                "past": term.ends_on < today,
                "sent": live is not None and live.received_at is not None,
                "href": url_for("applicant.case", reference=live.reference) if live is not None else "",
            }
    return found
