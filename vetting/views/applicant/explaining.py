"""The sender's word on a finding: why a document is fine as it is."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting.models import DocumentVersion
from vetting.queries import evidence
from vetting.views import findings
from vetting.views.applicant import documents
from vetting.views.applicant.blueprint import bp
from vetting.views.applicant.checks import explain_form
from vetting.views.applicant.documents import ADD, DocumentPlace
from vetting.views.steps import take
from vetting.workflows.preflight_commands import ExplainFinding


@bp.post("/apply/<reference>/documents/<type_key>/explain")
@ADD
def explain(place: DocumentPlace) -> str | Response | tuple[str, int]:
    """Keep why a finding is fine. The words go back to the page when they cannot be kept."""
    application = place.application
    here = url_for("applicant.document", reference=application.reference, type_key=place.kind.key)
    version = _version(place, request.form.get("document", ""))
    key = request.form.get("finding", "")
    checked = findings.of_case(application).get(version.id) if version is not None else None
    if version is None or checked is None or key not in {finding.key for finding in checked.findings}:
        flash(_("This is not among the findings any more."), "info")
        return redirect(here, code=303)
    form = explain_form(version.document.reference, key)
    if not form.validate():
        return documents.page_explaining(place, form), 422
    take("evidence", version, "explain", data=ExplainFinding(key, form.text.data or ""))
    flash(_("Your words are saved. The reviewer reads them beside the document."), "success")
    return redirect(here, code=303)


def _version(place: DocumentPlace, document: str) -> DocumentVersion | None:
    for link in evidence.links_of(place.application, place.kind.key):
        if link.document_version.document.reference == document:
            return link.document_version
    return None
