"""The vault of an organization as the office reads it, and the vendor number that the office records."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from vetting.models import Organization
from vetting.policy import Permission
from vetting.views.applicant.vault import shelves
from vetting.views.applicant.vendor import vendor_page
from vetting.views.guard import guarded
from vetting.views.organizations import load

bp = Blueprint("vault_desk", __name__, url_prefix="/desk/organizations/<reference>")


@bp.get("/documents")
@guarded(Permission.ORGANIZATION_FILE, load)
def documents(organization: Organization) -> str:
    """Every document of the organization by group, with what it serves."""
    return render_template("applicant/vault.html", **shelves(organization, office=True))


@bp.route("/vendor-number", methods=["GET", "POST"])
@guarded(Permission.VENDOR_NUMBER_RECORD, load, sees=Permission.ORGANIZATION_FILE)
def vendor_number(organization: Organization) -> str | Response | tuple[str, int]:
    """Record the number that the city gave the organization."""
    back = url_for("organizations.show", reference=organization.reference)
    return vendor_page(organization, "record_vendor_number", back)
