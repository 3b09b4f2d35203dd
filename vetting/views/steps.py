"""One route for every step that needs no form of its own, and the way every view takes a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import rehearsal
from vetting.events import JOBS
from vetting.extensions import db
from vetting.models import HistoryEntry
from vetting.policy import Permission
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.views import previews
from vetting.views.arrival import arrived
from vetting.views.guard import actor, guarded
from vetting.workflows import engine
from vetting.workflows.definition import Reason
from vetting.workflows.engine import StaleVersion
from vetting.workflows.registry import WORKFLOWS, subject_type, workflow_named

bp = Blueprint("steps", __name__)

AGREED_WITH_SCHOOLS = frozenset({"agreement", "agreement_approval", "partnership", "signer"})
"""Workflows in which everybody who may act knows everybody who gets mail, but for the people of the office."""


def take(
    workflow: str,
    subject: Any,
    step: str,
    *,
    data: Any = None,
    reason: str = "",
    version: int | None = None,
    before: Callable[[], None] | None = None,
) -> HistoryEntry:
    """Take one step as the person behind the request, in one unit of work.

    ``before`` may prepare rows in the same transaction. The engine's refusals pass through to the error pages, which
    keep what was typed.
    """
    table = workflow_named(workflow)
    try:
        with unit_of_work(db.session) as session:
            if before is not None:
                before()
            return engine.run(
                session,
                table,
                subject,
                step,
                actor(),
                data=data,
                reason=reason,
                seen_version=version,
                arrived=arrived(),
            )
    except LostRace:
        # Once the other has finished, the row says whether it changed, and the person reads who was first.
        if version is not None and sa.inspect(subject).persistent:
            row = type(subject)
            db.session().execute(sa.select(row.id).where(row.id == sa.inspect(subject).identity[0]).with_for_update())
            db.session().refresh(subject, ["version"])
            if subject.version != version:
                raise StaleVersion(engine.changes_since(db.session(), workflow, subject, version)) from None
        raise


def version_seen() -> int | None:
    """The version of the thing on the page the form came from."""
    raw = request.form.get("version", "")
    return int(raw) if raw.isdecimal() and len(raw) < 10 else None


def back_to(fallback: str) -> str:
    """The page to return to: the form's own ``next`` when it is a path of ours, else ``fallback``."""
    wanted = request.form.get("next") or request.args.get("next") or ""
    parts = urlsplit(wanted)
    safe = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return wanted if safe and "\\" not in wanted and "\n" not in wanted and "\r" not in wanted else fallback


def possible(workflow: str, subject: Any) -> Mapping[str, engine.Possible]:
    """The steps the person behind the request may take now, by name."""
    found = engine.possible_steps(db.session, workflow_named(workflow), subject, actor())
    return {item.step.name: item for item in found}


def tells_somebody(workflow: str, step: str) -> bool:
    """Whether taking the step may send mail, so that people look at it first."""
    return any(row.event is not None and row.event not in JOBS for row in WORKFLOWS[workflow].by_name[step])


def step_url(workflow: str, subject: Any, step: str) -> str:
    """Where to post a plain step."""
    key = getattr(subject, "reference", None) or str(subject.id)
    return url_for("steps.plain", workflow=workflow, key=key, step=step)


@bp.post("/steps/<workflow>/<key>/<step>")
@guarded(Permission.PUBLIC_READ)
def plain(workflow: str, key: str, step: str) -> str | Response:
    """Take a step that asks for nothing but, perhaps, a reason. The engine asks the policy for the step itself.

    Who works in the office may look at the mail first; an applicant is never shown whom in the office it reaches.
    """
    if workflow not in WORKFLOWS or step not in WORKFLOWS[workflow].by_name:
        abort(404)
    row = WORKFLOWS[workflow].by_name[step][0]
    if row.starts or row.by_system or row.command:
        abort(404)
    table: Any = subject_type(workflow)
    query = db.session.query(table)
    if hasattr(table, "reference"):
        subject = query.filter(table.reference == key).one_or_none()
    else:
        subject = query.filter(table.id == int(key)).one_or_none() if key.isdecimal() and len(key) < 16 else None
    if subject is None:
        abort(404)
    if not actor().signed_in:
        abort(404)
    # A step that asks for no reason keeps none, whatever is sent.
    reason = request.form.get("reason", "") if row.reason is not Reason.NONE else ""
    if previews.wants_look() and (actor().in_office or workflow in AGREED_WITH_SCHOOLS):
        act = rehearsal.step(workflow, subject.id, step, actor(), reason=reason, seen_version=version_seen())
        title = _(row.label)
        back = back_to(url_for("public.home"))
        if not actor().in_office and not actor().schools:
            return previews.page_for_applicant(act, title=title, caption="", submit=title, back_href=back)
        return previews.page(previews.letters(act), title=title, submit=title, back_href=back, editable=False)
    take(workflow, subject, step, reason=reason, version=version_seen())
    if row.event not in JOBS:
        # What the worker carries out is not done yet; the page says how far it is.
        flash(_("Done: %(step)s.", step=_(row.label)), "success")
    return redirect(back_to(url_for("public.home")), code=303)
