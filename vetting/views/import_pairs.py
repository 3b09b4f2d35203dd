"""Partners of a list that look like others: side by side, and a person says whether they are the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.extensions import db
from vetting.forms.imports import pairs_form
from vetting.jobs.partner_imports import line_of
from vetting.models import (
    Organization,
    PairChoice,
    PartnerImport,
    PartnerImportItem,
    PartnerImportPair,
    PartnerImportState,
)
from vetting.policy import Permission
from vetting.queries import imports as found_imports
from vetting.questionnaires.ein import masked_ein
from vetting.unit_of_work import unit_of_work
from vetting.views.desk_words import state_words
from vetting.views.guard import actor, guarded
from vetting.views.steps import take

bp = Blueprint("import_pairs", __name__, url_prefix="/desk/imports")


def load(session: Session, reference: str) -> PartnerImport | None:
    """The import that the address names."""
    return found_imports.find(session, reference)


@bp.route("/<reference>/look-alikes", methods=["GET", "POST"])
@guarded(Permission.PARTNER_IMPORT, load)
def index(upload: PartnerImport) -> str | Response:
    """Show the pairs that nobody has said anything about, or all of them."""
    session = db.session()
    here = url_for("imports.show", reference=upload.reference)
    if upload.state is not PartnerImportState.CHECKED:
        return redirect(here, code=303)
    everything = request.args.get("all") == "1"
    pairs = found_imports.pairs(session, upload, actor(), only_open=not everything)
    form = pairs_form(pairs, filled=request.method == "POST")
    if request.method == "POST":
        return _keep(upload, pairs, form)
    return render_template(
        "imports/pairs.html",
        upload=upload,
        pairs=[
            {"field": form[f"pair_{pair.id}"], "why": _why(pair), "same": _same(pair), "sides": sides}
            for pair, sides in _side_by_side(session, upload, pairs)
        ],
        form=form,
        counts=found_imports.open_pairs(session, upload),
        closed=found_imports.closed_pairs(session, upload, actor()),
        everything=everything,
    )


def _why(pair: PartnerImportPair) -> str:
    return str(_("They have the same tax ID.") if pair.why == "tax_id" else _("Their names look alike."))


def _same(pair: PartnerImportPair) -> str:
    """What happens when the two are said to be the same."""
    if pair.other_position is None:
        return str(_("The row adds to what is on record."))
    return str(_("The first row is left out. Its programs go to the second."))


def _keep(upload: PartnerImport, pairs: Sequence[PartnerImportPair], form: Any) -> Response:
    """Keep what was said; once everything is said, have the list checked again."""
    now, person = clock.now(), actor().user_id
    with unit_of_work(db.session) as session:
        for pair in pairs:
            said = form[f"pair_{pair.id}"].data
            if said in set(PairChoice) and (pair.choice is None or pair.choice.value != said):
                pair.choice, pair.chosen_by_id, pair.chosen_at = PairChoice(said), person, now
    waiting, _total = found_imports.open_pairs(session, upload)
    if waiting:
        flash(_("Kept. %(n)s pairs are left.", n=waiting), "success")
        return redirect(url_for("import_pairs.index", reference=upload.reference), code=303)
    take("partner_import", upload, "check_again")
    flash(_("Kept. We are checking the list again with what you said."), "success")
    return redirect(url_for("imports.show", reference=upload.reference), code=303)


def _side_by_side(
    session: Session, upload: PartnerImport, pairs: Sequence[PartnerImportPair]
) -> list[tuple[PartnerImportPair, list[dict[str, Any]]]]:
    wanted = {pair.position for pair in pairs} | {
        pair.other_position for pair in pairs if pair.other_position is not None
    }
    rows = found_imports.at(session, upload, wanted)
    found = []
    for pair in pairs:
        other = (
            _of_row(rows[pair.other_position])
            if pair.other_position is not None
            else _of_organization(pair.organization)
            if pair.organization is not None
            else {}
        )
        found.append((pair, [_of_row(rows[pair.position]), other]))
    return found


def _of_row(item: PartnerImportItem) -> dict[str, Any]:
    line = line_of(item, current_app.extensions["sealer"])
    answers = line.answers
    address = ", ".join(str(answers[key]) for key in ("street", "city", "state", "zip") if answers.get(key))
    number = str(answers["ein"]) if answers.get("ein") else ""
    return {
        "title": _("Row %(line)s of this list", line=item.line),
        "href": None,
        "facts": _facts(
            item.title,
            str(answers.get("doing_business_as", "")),
            masked_ein(number) if number else "",
            str(answers.get("website", "")),
            str(answers.get("organization_phone", "")),
            address,
            item.key,
        ),
    }


def _of_organization(organization: Organization) -> dict[str, Any]:
    return {
        "title": _("On record: %(state)s", state=state_words("partner", organization.state)),
        "href": url_for("organizations.show", reference=organization.reference),
        "facts": _facts(
            organization.legal_name,
            organization.doing_business_as,
            masked_ein(organization.ein_last4) if organization.ein_last4 else "",
            organization.website,
            organization.phone,
            organization.address,
            organization.import_key or "",
        ),
    }


def _facts(*values: str) -> list[dict[str, str]]:
    names = (_("Name"), _("Other name"), _("Tax ID"), _("Website"), _("Phone"), _("Address"), _("Key"))
    return [{"key": name, "value": value or "—"} for name, value in zip(names, values, strict=True)]
