"""Check answers, send, and the receipt."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from vetting import rehearsal
from vetting.extensions import db
from vetting.models import Application
from vetting.policy import Permission
from vetting.queries import standing, tasklist
from vetting.views import previews
from vetting.views.applicant import checks
from vetting.views.applicant.blueprint import bp, is_draft, load_case, subject_of, title_of
from vetting.views.applicant.case import answer_groups, document_rows
from vetting.views.applicant.given import standing_words
from vetting.views.applicant.more_time import too_late
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import take, version_seen
from vetting.workflows.engine import StepRefused


@bp.get("/apply/<reference>/check")
@guarded(Permission.APPLICATION_SUBMIT, load_case, sees=Permission.APPLICATION_VIEW)
def check(application: Application) -> str | Response:
    """Every answer with a way to change it, before anything is sent."""
    if not is_draft(application):
        return redirect(url_for("applicant.case", reference=application.reference))
    return _page(application, [])


def _page(application: Application, reasons: list[str]) -> str:
    checked = checks.lines(application)
    return render_template(
        "applicant/check.html",
        checked=checked,
        asked={key for key, _need in tasklist.documents_wanted(application)},
        to_look_at=sum(each["open"] for each in checked.values()),
        waiting=any(each["state"] == "waiting" for each in checked.values()),
        application=application,
        title=title_of(application),
        about=subject_of(application),
        groups=answer_groups(application, change=True),
        documents=document_rows(application),
        missing=tasklist.missing(application),
        reasons=reasons,
        word=standing_words(application),
    )


@bp.post("/apply/<reference>/check")
@guarded(Permission.APPLICATION_SUBMIT, load_case, sees=Permission.APPLICATION_VIEW)
def send(application: Application) -> str | Response | tuple[str, int]:
    """Send it, or show what speaks against it on the same page. A second click of the button shows the receipt."""
    receipt_url = url_for("applicant.receipt", reference=application.reference)
    if application.received_at is not None:
        return redirect(receipt_url, code=303)
    number = application.id
    try:
        if previews.wants_look():
            return _look(application, rehearsal.step("application", number, "submit", actor()))
        take("application", application, "submit", version=version_seen())
    except StepRefused as refused:
        again = load_case(db.session, request.view_args["reference"] if request.view_args else "")
        late = too_late(again or application)
        if late is not None:
            return late
        return _page(again or application, [translated(reason) for reason in refused.reasons]), 422
    return redirect(receipt_url, code=303)


def _look(application: Application, act: rehearsal.Act) -> str:
    """Who gets which mail, before it is sent."""
    back = url_for("applicant.check", reference=application.reference)
    submit, caption = _("Send application"), application.reference
    left = sum(each["open"] for each in checks.lines(application).values())
    noticed = ngettext(
        "Our checks noticed %(num)s thing in your documents. You can send all the same.",
        "Our checks noticed %(num)s things in your documents. You can send all the same.",
        left,
    )
    consequences = [noticed] if left else []
    return previews.page_for_applicant(
        act, title=submit, caption=caption, submit=submit, back_href=back, consequences=consequences
    )


@bp.get("/apply/<reference>/receipt")
@guarded(Permission.APPLICATION_VIEW, load_case)
def receipt(application: Application) -> str | Response:
    """What was received, when exactly, and what happens next."""
    if application.received_at is None:
        return redirect(url_for("applicant.case", reference=application.reference))
    return render_template(
        "applicant/receipt.html",
        application=application,
        title=title_of(application),
        about=subject_of(application),
        documents=document_rows(application),
        target=standing.target(application),
    )
