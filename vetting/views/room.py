"""How much of the district's room for files each organization uses."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for

from vetting.extensions import db
from vetting.policy import Permission
from vetting.queries import uploads
from vetting.text import size_words
from vetting.views.guard import actor, guarded

bp = Blueprint("room", __name__, url_prefix="/desk")


@bp.get("/room-for-files")
@guarded(Permission.DESK_OPEN)
def index() -> str:
    """Those that use the most, the fullest first, so that nobody is surprised by a refusal."""
    found = uploads.fullest(db.session(), actor())
    return render_template(
        "organizations/room.html",
        limit=size_words(uploads.limit_of(db.session())),
        rows=[
            {
                "name": organization.legal_name,
                "reference": organization.reference,
                "href": url_for("organizations.show", reference=organization.reference),
                "used": size_words(space.used),
                "left": size_words(space.left),
                "percent": space.percent,
                "near": space.near,
                "full": not space.left,
            }
            for organization, space in found
        ],
    )
