"""Taking an application back: what stops, what stays, and who is told, before it is done."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import rehearsal
from vetting.extensions import db
from vetting.forms.applicant import WithdrawForm
from vetting.models import Application, ApplicationKind
from vetting.policy import Permission
from vetting.queries import applications
from vetting.views import previews
from vetting.views.applicant.blueprint import bp, is_draft, load_case
from vetting.views.guard import actor, guarded
from vetting.views.steps import take, version_seen

WITHDRAW = guarded(Permission.APPLICATION_WITHDRAW, load_case, sees=Permission.APPLICATION_VIEW)


@bp.get("/apply/<reference>/withdraw")
@WITHDRAW
def withdraw(application: Application) -> str:
    """Ask before an application is taken back."""
    return _page(application, WithdrawForm())


def _page(application: Application, form: WithdrawForm) -> str:
    return render_template(
        "applicant/withdraw.html", form=form, application=application, consequences=consequences(application)
    )


def consequences(application: Application) -> list[str]:
    """What happens, to whom it is told, and what stays. Nobody in the office is named."""
    told = ", ".join(applications.people_told(db.session(), application.organization_id))
    said = []
    if is_draft(application):
        said.append(_("The draft closes. The partnerships office has not seen it and is not told."))
    else:
        said.append(_("We stop working on it, and nobody decides about it. The partnerships office gets a mail."))
    if told:
        said.append(_("We write to the owners and editors of your organization: %(people)s.", people=told))
    if application.kind is ApplicationKind.RENEWAL:
        said.append(_("Your approval then ends on its last day, or at once where that is past."))
    said.append(_("Your answers and documents stay with your organization, and you can still read this application."))
    said.append(_("You may apply again, with the same answers. Withdrawing does not count against you."))
    return [str(line) for line in said]


def _look(application: Application, reason: str) -> str:
    """Who gets which mail, before it is taken back."""
    back = url_for("applicant.withdraw", reference=application.reference)
    submit, caption = _("Withdraw"), application.reference
    act = rehearsal.step("application", application.id, "withdraw", actor(), reason=reason, seen_version=version_seen())
    return previews.page_for_applicant(act, title=submit, caption=caption, submit=submit, back_href=back, said=reason)


@bp.post("/apply/<reference>/withdraw")
@WITHDRAW
def withdraw_now(application: Application) -> str | Response | tuple[str, int]:
    """Take it back."""
    form = WithdrawForm()
    if not form.validate():
        return _page(application, form), 422
    if previews.wants_look():
        return _look(application, form.reason.data or "")
    take("application", application, "withdraw", reason=form.reason.data or "", version=version_seen())
    flash(_("The application is withdrawn."), "success")
    return redirect(url_for("applicant.case", reference=application.reference), code=303)
