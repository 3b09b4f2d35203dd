"""A person's word on an application before it is sent: signed off for the organization, or confirmed as entered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import rehearsal
from vetting.forms.organization import AnswerForForm
from vetting.models import Application
from vetting.policy import Permission
from vetting.queries import pins, tasklist
from vetting.views import previews
from vetting.views.applicant.blueprint import bp, is_draft, load_case, subject_of, title_of
from vetting.views.applicant.case import answer_groups, document_rows
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, take, version_seen
from vetting.workflows.commands import ConfirmEntry, SignOff
from vetting.workflows.engine import StepRefused

Answer = str | Response | tuple[str, int]


@bp.route("/apply/<reference>/sign-off", methods=["GET", "POST"])
@guarded(Permission.APPLICATION_SIGN_OFF, load_case, sees=Permission.APPLICATION_VIEW)
def sign_off(application: Application) -> Answer:
    """Read everything that would be sent, and sign off exactly that."""
    return _word(
        application,
        step="sign_off",
        command=SignOff,
        title=_("Sign off"),
        submit=_("Sign off"),
        done=_("You signed it off. It can be sent now."),
        lead=_("Read what your organization would send. You sign off exactly this; a later change takes it away."),
    )


@bp.route("/apply/<reference>/confirm", methods=["GET", "POST"])
@guarded(Permission.APPLICATION_CONFIRM, load_case, sees=Permission.APPLICATION_VIEW)
def confirm_entry(application: Application) -> Answer:
    """Read what the office entered, and say that it is right."""
    return _word(
        application,
        step="confirm_entry",
        command=ConfirmEntry,
        title=_("Is this right?"),
        submit=_("Yes, this is right"),
        done=_("Thank you. The application can be sent now."),
        lead=_("The office entered this for you. If something is wrong, change it or call us before you confirm it."),
    )


def _word(
    application: Application,
    *,
    step: str,
    command: Callable[..., Any],
    title: str,
    submit: str,
    done: str,
    lead: str,
) -> Answer:
    here = url_for("applicant.case", reference=application.reference)
    if not is_draft(application):
        return redirect(here)
    form = AnswerForForm()
    reasons: list[str] = [translated(reason) for reason in possible("application", application)[step].reasons]
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                data = command(sha256=request.form.get("seen", ""))
                take("application", application, step, data=data, version=version_seen())
            except StepRefused as refused:
                reasons = [translated(reason) for reason in refused.reasons]
            else:
                flash(done, "success")
                return redirect(here, code=303)
    page = render_template(
        "applicant/word.html",
        form=form,
        application=application,
        heading=title,
        lead_text=lead,
        submit=submit,
        about=subject_of(application),
        groups=answer_groups(application, change=False),
        documents=document_rows(application),
        seen=pins.pin_of(application),
        reasons=list(dict.fromkeys(reasons)),
        ready=not tasklist.missing(application),
    )
    return page, status


@bp.post("/apply/<reference>/ask-sign-off")
@guarded(Permission.APPLICATION_EDIT, load_case, sees=Permission.APPLICATION_VIEW)
def ask_sign_off(application: Application) -> Answer:
    """Show who would be written to, and then write to them."""
    reference, number = application.reference, application.id
    back = url_for("applicant.check", reference=reference)
    seen = version_seen()
    try:
        if previews.wants_look():
            act = rehearsal.step("application", number, "ask_sign_off", actor(), seen_version=seen)
            return previews.page(
                previews.letters(act),
                title=_("Ask for the sign-off"),
                caption=f"{title_of(application)} · {reference}",
                submit=_("Ask for the sign-off"),
                back_href=back,
                editable=False,
            )
        take("application", application, "ask_sign_off", version=seen)
    except StepRefused as refused:
        flash(" ".join(translated(reason) for reason in refused.reasons), "warning")
        return redirect(back, code=303)
    flash(_("We wrote to the people who can sign it off."), "success")
    return redirect(url_for("applicant.case", reference=reference), code=303)
