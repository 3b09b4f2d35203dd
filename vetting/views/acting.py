"""Who acts for whom on a page about an application, said above its heading: the organization, or the office for it."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from jinja2 import pass_context
from jinja2.runtime import Context

from vetting.models import Agreement, Application, Organization
from vetting.views.applicant.organization import acting_for

NAMES = ("application", "organization", "agreement")


def _subject(context: Context) -> Any:
    """The application, organization or agreement a page is about."""
    for name in NAMES:
        found = context.get(name)
        if isinstance(found, Application | Organization | Agreement):
            return found
    for name in ("place", "asked"):
        found = getattr(context.get(name), "application", None)
        if isinstance(found, Application):
            return found
    return None


@pass_context
def acting(context: Context) -> dict[str, Any]:
    """What stands above the heading: ``switch`` between organizations, and ``assisted`` for an entry by the office."""
    if not request.path.startswith(("/apply/", "/agreements/")):
        return {}
    subject = _subject(context)
    if subject is None:
        return {}
    said: dict[str, Any] = {}
    switch = acting_for(subject.organization_id)
    if switch is not None:
        said["switch"] = switch
    if isinstance(subject, Application) and subject.assisted_by_id is not None:
        said["assisted"] = subject
    return said


def register(app: Flask) -> None:
    """Give every template the function."""
    app.jinja_env.globals["acting"] = acting
