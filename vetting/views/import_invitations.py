"""Invitations after an import: whom, with every mail to look at; then the receipt, and sending one of them again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.canonical import LARGEST_INTEGER
from vetting.extensions import db
from vetting.jobs import partner_invitations as job
from vetting.models import (
    InvitationBatch,
    InvitationBatchItem,
    InvitationBatchState,
    InvitationState,
    OutboxMessage,
    PartnerImport,
    PartnerImportState,
)
from vetting.policy import Permission
from vetting.queries import imports as found_imports
from vetting.rehearsal import Act
from vetting.unit_of_work import unit_of_work
from vetting.views import import_words, previews
from vetting.views.account.blueprint import keys
from vetting.views.chrome import localtime
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, step_url, take
from vetting.workflows.import_commands import SendAgain

bp = Blueprint("import_invitations", __name__, url_prefix="/desk/imports")

ENDED = frozenset({InvitationBatchState.FINISHED, InvitationBatchState.CANCELLED})


def load_import(session: Session, reference: str) -> PartnerImport | None:
    """The import that the address names."""
    return found_imports.find(session, reference)


def load(session: Session, reference: str) -> InvitationBatch | None:
    """The batch of invitations that the address names."""
    return found_imports.batch(session, reference)


@bp.post("/<reference>/invitations")
@guarded(Permission.PARTNER_IMPORT, load_import)
def plan(upload: PartnerImport) -> Response:
    """Plan invitations to the contacts of what was loaded; nothing is sent."""
    if upload.state is not PartnerImportState.LOADED:
        abort(404)
    with unit_of_work(db.session) as session:
        batch = job.plan(session, actor(), upload)
    return redirect(url_for("import_invitations.show", reference=batch.reference), code=303)


def _act(batch: InvitationBatch, after: int) -> Act:
    return job.rehearsal(batch.id, actor(), keys(), found_imports.PAGE_SIZE, after=after)


@bp.get("/invitations/<reference>")
@guarded(Permission.PARTNER_IMPORT, load)
def show(batch: InvitationBatch) -> str:
    """The plan with every mail, or what came of each line."""
    session = db.session()
    planned = batch.state is InvitationBatchState.PLANNED
    after = min(request.args.get("after", 0, type=int), LARGEST_INTEGER)
    # First of all, because it ends the transaction in which the page was read.
    letters = previews.letters(_act(batch, after)) if planned else []
    items, further = found_imports.batch_items(session, batch, actor(), after)
    counts = found_imports.batch_counts(session, batch)
    steps = possible("invitation_batch", batch)
    mails = found_imports.last_mails(session, [item.invitation_id for item in items if item.invitation_id])
    here = url_for(".show", reference=batch.reference)
    return render_template(
        "imports/invitations.html",
        batch=batch,
        planned=planned,
        running=batch.state is InvitationBatchState.RUNNING,
        title=_title(batch),
        progress=_progress(counts),
        total=sum(counts.values()),
        figures=[
            {"label": words, "value": counts[result]}
            for result, (words, _tone) in import_words.SENT.items()
            if counts.get(result)
        ],
        rows=[_row(batch, item, mails.get(item.invitation_id or 0)) for item in items],
        letters=letters,
        next_href=None if further is None else url_for(".show", reference=batch.reference, after=further),
        first_href=here if after else None,
        steps={name: step_url("invitation_batch", batch, name) for name, step in steps.items() if step.open},
    )


def _title(batch: InvitationBatch) -> str:
    titles = {
        InvitationBatchState.PLANNED: _("Look at the invitations"),
        InvitationBatchState.RUNNING: _("The invitations are being sent"),
        InvitationBatchState.FINISHED: _("The invitations were sent"),
        InvitationBatchState.CANCELLED: _("The invitations were stopped"),
    }
    return str(titles[batch.state])


def _progress(counts: Any) -> str:
    total = sum(counts.values())
    return str(_("%(done)s of %(total)s invitations are sent.", done=total - counts.get(None, 0), total=total))


def _row(batch: InvitationBatch, item: InvitationBatchItem, mail: OutboxMessage | None) -> dict[str, Any]:
    words, tone = import_words.SENT[item.result] if item.result is not None else (_("Waiting"), "neutral")
    accepted = item.invitation is not None and item.invitation.state is InvitationState.ACCEPTED
    again = batch.state in ENDED and item.invitation is not None and not accepted
    href = url_for(".send_again", reference=batch.reference, position=item.position) if again else None
    return {
        "name": item.organization.legal_name,
        "who": item.name,
        "email": item.email,
        "words": _("Accepted") if accepted else words,
        "tone": "good" if accepted else tone,
        "outcome": _(item.outcome) if item.outcome else "",
        "mail": _mail(mail),
        "failed": mail is not None and mail.failed_at is not None,
        "again": href,
    }


def _mail(mail: OutboxMessage | None) -> str:
    if mail is None:
        return ""
    if mail.failed_at is not None:
        return str(_("The mail could not be delivered. Check the address, then send it again."))
    if mail.delivered_at is not None:
        return str(_("Mail sent %(at)s.", at=localtime(mail.delivered_at)))
    if mail.attempts:
        return str(_("The mail did not get through yet. We keep trying."))
    return str(_("The mail is on its way."))


@bp.get("/invitations/<reference>/progress")
@guarded(Permission.PARTNER_IMPORT, load)
def progress(batch: InvitationBatch) -> Response:
    """How far the sending is, for the page that waits."""
    if batch.state is InvitationBatchState.PLANNED:
        abort(404)
    counts = found_imports.batch_counts(db.session(), batch)
    return jsonify(ready=batch.state is not InvitationBatchState.RUNNING, text=_progress(counts))


def load_line(session: Session, reference: str, position: int) -> InvitationBatchItem | None:
    """The line of a batch that the address names."""
    batch = found_imports.batch(session, reference)
    if batch is None:
        return None
    return found_imports.batch_item(session, batch, actor(), min(position, LARGEST_INTEGER))


@bp.post("/invitations/<reference>/<int:position>/send-again")
@guarded(Permission.PARTNER_IMPORT, load_line)
def send_again(item: InvitationBatchItem) -> Response:
    """A new link to the same address."""
    if item.invitation is None:
        abort(404)
    if item.invitation.state is InvitationState.ACCEPTED:
        flash(_("%(email)s has accepted already.", email=item.email), "info")
    else:
        nonce, digest = job.new_link(keys())
        take("invitation_batch", item.batch, "send_again", data=SendAgain(item.id, nonce, digest))
        flash(_("A new link is on its way to %(email)s. The former one no longer works.", email=item.email), "success")
    return redirect(url_for("import_invitations.show", reference=item.batch.reference), code=303)
