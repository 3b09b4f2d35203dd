"""The number under which the city pays the organization, which stands in for a tax form."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting.forms.vault import VendorNumberForm
from vetting.models import Organization
from vetting.policy import Permission
from vetting.views.applicant.blueprint import bp
from vetting.views.applicant.organization import ADDRESS, load_own
from vetting.views.guard import guarded
from vetting.views.steps import take, version_seen


@bp.route(f"{ADDRESS}/vendor-number", methods=["GET", "POST"])
@guarded(Permission.ORGANIZATION_CONTACT, load_own, sees=Permission.ORGANIZATION_OWN)
def vendor_number(organization: Organization) -> str | Response | tuple[str, int]:
    """Give, change or take away the number."""
    back = url_for("applicant.organization", reference=organization.reference)
    return vendor_page(organization, "save_vendor_number", back)


def vendor_page(organization: Organization, step: str, back: str) -> str | Response | tuple[str, int]:
    """The form, for the organization and for the office, each with its own step."""
    form = VendorNumberForm(organization)
    status = 200
    if request.method == "POST":
        if form.validate():
            take("partner", organization, step, data=form.command(), version=version_seen())
            flash(_("The vendor number is saved."), "success")
            return redirect(back, code=303)
        status = 422
    page = render_template("applicant/vendor_number.html", organization=organization, form=form, back_href=back)
    return page, status
