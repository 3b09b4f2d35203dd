"""What waits for the district's signatory: the list, the next one, exact texts, and what is put on hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.documents.agreement import agreement_body
from vetting.extensions import db
from vetting.forms.base import shown_again
from vetting.forms.countersigning import HoldSignatureForm
from vetting.models import Signer, SigningHold, TextOpened
from vetting.policy import Permission
from vetting.queries import countersigning as waiting
from vetting.queries import procurement
from vetting.queries.agreement_types import in_use, parsed
from vetting.queries.countersigning import Line
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.views.chrome import cents
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import step_url, take
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import WORKFLOWS

bp = Blueprint("countersigning", __name__, url_prefix="/countersigning")

HELD = "held"
FILTERS = ("kind", "school", "partner", "price", "terms")


def load(session: Session, reference: str) -> Signer | None:
    """The reader's own place in an agreement that waits for them as the district's signatory."""
    return waiting.waiting_place(session, actor(), reference)


OWN = guarded(Permission.AGREEMENT_SIGN, load)


@bp.get("")
@guarded(Permission.AGREEMENT_COUNTERSIGN)
def index() -> str:
    """Everything that waits for the reader's signature, the oldest first."""
    session, person = db.session(), actor()
    lines = waiting.outline(session, person)
    on_hold = request.args.get("pile") == HELD
    chosen = {name: shown_again(request.args.get(name, ""))[:80] for name in FILTERS}
    bands = _bands()
    pile = [line for line in lines if line.held is on_hold]
    fitting = [line for line in pile if _fits(line, chosen, bands)]
    after = max(request.args.get("after", 0, type=int), 0)
    page = fitting[after : after + waiting.PAGE_SIZE]
    shared = waiting.groups(lines)
    here = {name: value for name, value in {**chosen, "pile": HELD if on_hold else ""}.items() if value}
    further = after + waiting.PAGE_SIZE
    return render_template(
        "countersigning/index.html",
        tabs=[
            _tab(_("To sign"), [line for line in lines if not line.held], "", current=not on_hold),
            _tab(_("On hold"), [line for line in lines if line.held], HELD, current=on_hold),
        ],
        rows=_rows(page, shared),
        on_hold=on_hold,
        groups=[] if on_hold else _groups(lines, shared),
        filters=_filters(pile, chosen, bands),
        active=_active(pile, chosen, bands, here),
        keep={"pile": HELD} if on_hold else {},
        clear_href=_list(**({"pile": HELD} if on_hold else {})),
        previous_href=_list(**here, after=max(after - waiting.PAGE_SIZE, 0)) if after else None,
        next_href=_list(**here, after=further) if len(fitting) > further else None,
        unfinished=waiting.unfinished(session, person),
        batch_words=WORKFLOWS["signing_batch"].words,
    )


def _list(**arguments: Any) -> str:
    return url_for(".index", **arguments)


def _tab(label: str, lines: Sequence[Line], pile: str, *, current: bool) -> dict[str, Any]:
    href = url_for(".index", pile=pile) if pile else url_for(".index")
    return {"label": label, "count": len(lines), "href": href, "current": current}


def _bands() -> list[tuple[int, str]]:
    """Where each price band starts, in cents, with its words: free of charge, and the buying bands of today."""
    starts = [band.from_cents for band in procurement.bands_on(db.session(), clock.today())]
    found = [(0, str(_("No cost")))]
    for at, start in enumerate(starts):
        above = starts[at + 1] if at + 1 < len(starts) else None
        low = cents(max(start, 1)) if start else cents(0)
        words = _("%(low)s or more", low=low) if above is None else _("%(low)s to %(high)s", low=low, high=cents(above))
        found.append((max(start, 1), str(words)))
    return found


def _band(line: Line, bands: Sequence[tuple[int, str]]) -> str:
    return str([start for start, _words in bands if start <= line.cents][-1])


def _fits(line: Line, chosen: Mapping[str, str], bands: Sequence[tuple[int, str]]) -> bool:
    asked = {
        "kind": line.kind,
        "school": line.school_key,
        "partner": line.partner_key,
        "price": _band(line, bands),
        "terms": line.terms,
    }
    return all(not value or asked[name] == value for name, value in chosen.items())


def _kind_names() -> Mapping[str, str]:
    return {kind.key: _(kind.name) for kind in parsed(in_use(db.session())).types}


def _choices(lines: Sequence[Line], bands: Sequence[tuple[int, str]]) -> dict[str, dict[str, str]]:
    """What each filter offers: only what stands in the list."""
    kinds, prices = _kind_names(), {str(start): words for start, words in bands}
    found: dict[str, dict[str, str]] = {"kind": {}, "school": {}, "partner": {}, "price": {}}
    for line in lines:
        found["kind"][line.kind] = kinds.get(line.kind, line.kind)
        found["school"][line.school_key] = line.school
        found["partner"][line.partner_key] = line.partner
        found["price"][_band(line, bands)] = prices[_band(line, bands)]
    return found


def _filters(
    lines: Sequence[Line], chosen: Mapping[str, str], bands: Sequence[tuple[int, str]]
) -> list[dict[str, Any]]:
    labels = {"kind": _("Kind"), "school": _("School"), "partner": _("Partner"), "price": _("Price")}
    offered = _choices(lines, bands)
    order = {"price": lambda item: int(item[0])}
    return [
        {
            "name": name,
            "label": label,
            "value": chosen[name],
            "options": [
                ("", _("All")),
                *sorted(offered[name].items(), key=order.get(name, lambda item: item[1].casefold())),
            ],
        }
        for name, label in labels.items()
    ]


def _active(
    lines: Sequence[Line], chosen: Mapping[str, str], bands: Sequence[tuple[int, str]], here: Mapping[str, str]
) -> list[dict[str, str]]:
    offered = _choices(lines, bands)
    words = {**{name: offered.get(name, {}).get(value, value) for name, value in chosen.items()}}
    words["terms"] = _("Identical terms")
    return [
        {
            "label": words[name],
            "remove_href": _list(**{key: text for key, text in here.items() if key != name}),
        }
        for name, value in chosen.items()
        if value
    ]


def _rows(lines: Sequence[Line], shared: Mapping[str, int]) -> list[dict[str, Any]]:
    places = {place.id: place for place in waiting.places(db.session(), [line.signer_id for line in lines])}
    held = waiting.holds(db.session(), [line.signer_id for line in lines if line.held])
    kinds, today = _kind_names(), clock.today()
    return [
        {
            "reference": line.reference,
            "signer": places[line.signer_id],
            "agreement": places[line.signer_id].agreement_version.agreement,
            "kind": kinds.get(line.kind, line.kind),
            "days": (today - clock.local_date(line.since)).days,
            "since": line.since,
            "alike": shared.get(line.terms, 0),
            "hold": held.get(line.signer_id),
            "lift": step_url("signing_hold", held[line.signer_id], "lift") if line.signer_id in held else "",
        }
        for line in lines
        if line.signer_id in places
    ]


def _groups(lines: Sequence[Line], shared: Mapping[str, int]) -> list[dict[str, Any]]:
    """Terms that several share, those with the most agreements first."""
    found = []
    for terms, many in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        of = [line for line in lines if line.terms == terms and not line.held]
        partners = sorted({line.partner for line in of})
        found.append(
            {
                "terms": terms,
                "count": many,
                "partners": ", ".join(partners[:3]) + (" …" if len(partners) > 3 else ""),
                "schools": len({line.school_key for line in of}),
                "href": url_for("signing_batches.choose", terms=terms),
            }
        )
    return found


@bp.get("/next")
@guarded(Permission.AGREEMENT_COUNTERSIGN)
def following() -> Response:
    """The agreement that waits longest, behind the one named by ``after`` where there is another."""
    lines = [line for line in waiting.outline(db.session(), actor()) if not line.held]
    after = request.args.get("after", "")
    behind = next((at + 1 for at, line in enumerate(lines) if line.reference == after), 0)
    chosen = lines[behind] if behind < len(lines) else next((one for one in lines if one.reference != after), None)
    if chosen is None:
        flash(_("Nothing else waits for your signature."), "info")
        return redirect(url_for(".index"), code=303)
    return redirect(url_for("signing.page", reference=chosen.reference), code=303)


@bp.get("/<reference>/text")
@OWN
def text(place: Signer) -> str:
    """The exact text that is signed."""
    return render_template(
        "countersigning/text.html",
        place=place,
        agreement=place.agreement_version.agreement,
        body=agreement_body(place.agreement_version.content),
        sha256=place.agreement_version.content_sha256,
        batch=_own_batch(request.args.get("list", "")),
    )


@bp.post("/<reference>/open")
@OWN
def open_text(place: Signer) -> Response:
    """Keep that the signer opened the exact text, and show it. This signs nothing."""
    reference, listed = place.agreement_version.agreement.reference, _own_batch(request.form.get("list", ""))
    if place.id not in waiting.opened(db.session(), [place.id]):
        try:
            with unit_of_work(db.session) as session:
                session.add(TextOpened(signer_id=place.id, content_sha256=place.agreement_version.content_sha256))
        except LostRace:
            # A second tab noted it a moment earlier.
            db.session.rollback()
    return redirect(url_for(".text", reference=reference, list=listed or None), code=303)


def _own_batch(reference: str) -> str:
    asked = shown_again(reference)
    found = waiting.batch(db.session(), asked) if asked else None
    return found.reference if found is not None and found.user_id == actor().user_id else ""


@bp.route("/<reference>/hold", methods=["GET", "POST"])
@OWN
def hold(place: Signer) -> str | Response | tuple[str, int]:
    """Put the signature off until a day; the drafter reads why."""
    form = HoldSignatureForm()
    if not form.is_submitted():
        return _hold_page(form, place)
    if not form.validate():
        return _hold_page(form, place), 422
    reference = place.agreement_version.agreement.reference
    made = SigningHold(signer=place, wakes_on=form.command().wakes_on, reason=form.reason.data or "")
    try:
        take("signing_hold", made, "hold", data=form.command(), reason=form.reason.data or "")
    except StepRefused as refused:
        db.session.rollback()
        form.wakes_on.errors = [translated(reason) for reason in refused.reasons]
        return _hold_page(form, load(db.session(), reference) or place), 409
    flash(_("Put on hold. Whoever wrote the draft is told, and why."), "success")
    return redirect(url_for(".index"), code=303)


def _hold_page(form: HoldSignatureForm, place: Signer) -> str:
    return render_template(
        "countersigning/hold.html",
        form=form,
        place=place,
        agreement=place.agreement_version.agreement,
        past=waiting.past_holds(db.session(), place.id),
        words=WORKFLOWS["signing_hold"].words,
    )


def waiting_badge() -> int:
    """How many agreements wait for the reader, for the navigation."""
    return waiting.count(db.session(), actor())


def days_words(days: int) -> str:
    """How long something waits."""
    return str(ngettext("%(num)s day", "%(num)s days", days)) if days else str(_("since today"))
