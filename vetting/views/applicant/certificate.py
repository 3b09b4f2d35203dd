"""The yearly certificate: everything that stands on one page, and a person's word that nothing has changed."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from vetting.data.certificate import load_certificate
from vetting.extensions import db
from vetting.forms.renewal import CertificateForm
from vetting.models import Application, ApplicationKind
from vetting.policy import Permission
from vetting.views.applicant.blueprint import bp, is_draft, load_case, subject_of, title_of
from vetting.views.applicant.case import answer_groups, document_rows
from vetting.views.applicant.renewal import new_end
from vetting.views.errors import translated
from vetting.views.guard import guarded
from vetting.views.steps import possible, take, version_seen
from vetting.workflows.commands import Certify
from vetting.workflows.engine import StepRefused

CERTIFY = guarded(Permission.APPLICATION_CERTIFY, load_case, sees=Permission.APPLICATION_VIEW)


@bp.get("/apply/<reference>/certificate")
@CERTIFY
def certificate(application: Application) -> str | Response:
    """Everything that stands, and the statement; or what stands against it."""
    if not is_draft(application) or application.kind is not ApplicationKind.RENEWAL:
        return redirect(url_for("applicant.case", reference=application.reference))
    return _page(application, CertificateForm(statement=load_certificate().header.name))


def _page(application: Application, form: CertificateForm, problems: list[str] | None = None) -> str:
    offered = possible("application", application)["certify"]
    return render_template(
        "applicant/certificate.html",
        application=application,
        title=title_of(application),
        about=subject_of(application),
        groups=answer_groups(application, change=False),
        documents=document_rows(application),
        statement=load_certificate(),
        against=[translated(reason) for reason in offered.reasons],
        until=new_end(application),
        form=form,
        problems=problems or [],
    )


@bp.post("/apply/<reference>/certificate")
@CERTIFY
def certify(application: Application) -> str | Response | tuple[str, int]:
    """Send the renewal with the statement. A second click shows the receipt."""
    receipt_url = url_for("applicant.receipt", reference=application.reference)
    if application.received_at is not None:
        return redirect(receipt_url, code=303)
    form = CertificateForm()
    if not form.validate():
        return _page(application, form), 422
    command = Certify(form.statement.data or "")
    try:
        take("application", application, "certify", data=command, version=version_seen())
    except StepRefused as refused:
        again = load_case(db.session, application.reference)
        return _page(again or application, form, [translated(reason) for reason in refused.reasons]), 422
    return redirect(receipt_url, code=303)
