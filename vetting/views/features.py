"""The parts of the desk that a small office does not need: what they do, whether they are on, and who said so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.models import DeskFeature, Feature, FeatureState
from vetting.policy import Permission
from vetting.queries.features import kept, switched
from vetting.views.desk_words import timeline_entries
from vetting.views.guard import actor, guarded
from vetting.views.steps import take, version_seen

bp = Blueprint("features", __name__, url_prefix="/admin/features")

WORDS: Mapping[Feature, tuple[Any, Any]] = {
    Feature.COVER: (
        _l("Cover for absence"),
        _l("Somebody who is away names a colleague, who then sees their cases and gets their mail for some days."),
    ),
    Feature.AUTOMATIC_ASSIGNMENT: (
        _l("Automatic assignment"),
        _l("The program proposes who reviews which case, shows its plan, and assigns only after a person agreed."),
    ),
    Feature.LANES: (
        _l("Lanes"),
        _l("Cases can be given to people with special knowledge, such as risk or data privacy."),
    ),
    Feature.BLIND_REVIEW: (
        _l("Blind review"),
        _l("A round can hide from its reviewers who applied, until the decision is released."),
    ),
    Feature.ATTESTATION_FIRST: (
        _l("Yearly word before cases"),
        _l("Nobody opens a case before they have said which interests they have this school year."),
    ),
    Feature.CROSS_CASE_RATING: (
        _l("One standard across many applications"),
        _l("A reviewer can rate one indicator in all their cases, one after the other, in random order."),
    ),
}
"""What each part is called and does, in the order of the page."""


def in_use(feature: Feature) -> bool:
    """Whether a part of the desk is on, for people who work at it. What is off is not shown."""
    return feature in actor().features


@bp.get("")
@guarded(Permission.FEATURE_SWITCH)
def index() -> str:
    rows = kept(db.session())
    history = switched(db.session())
    parts = [
        {
            "key": feature.value,
            "name": name,
            "about": about,
            "on": feature in rows and rows[feature].state is FeatureState.ON,
            "version": rows[feature].version if feature in rows else "",
            "timeline": timeline_entries(history.get(feature, ())),
        }
        for feature, (name, about) in WORDS.items()
    ]
    return render_template("admin/features.html", parts=parts)


def load(session: Session, feature: str) -> DeskFeature | None:
    """The part that the address names; one that was never switched on has no row yet."""
    if feature not in set(Feature):
        return None
    return kept(session).get(Feature(feature)) or DeskFeature(feature=Feature(feature))


@bp.post("/<feature>")
@guarded(Permission.FEATURE_SWITCH, load)
def switch(part: DeskFeature) -> Response:
    """Switch a part on or off, as the button said."""
    wanted = request.form.get("switch", "")
    if wanted not in {"on", "off"}:
        abort(400)
    name = WORDS[part.feature][0]
    on = part.state is FeatureState.ON
    if on == (wanted == "on"):
        # A second click finds what it asked for.
        return redirect(url_for("features.index"), code=303)
    take("desk_feature", part, "begin" if sa.inspect(part).transient else f"switch_{wanted}", version=version_seen())
    flash(_("%(name)s is on.", name=name) if wanted == "on" else _("%(name)s is off.", name=name), "success")
    return redirect(url_for("features.index"), code=303)
