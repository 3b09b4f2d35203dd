"""What the office sees of a renewal before it reads anything: how much is as it was, and who gave their word."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from vetting.models import Application, ApplicationKind, Carryover
from vetting.queries import renewals, tasklist


def summary(application: Application) -> dict[str, Any] | None:
    """The few facts; None for a case that renews nothing, without a read."""
    if application.kind is not ApplicationKind.RENEWAL:
        return None
    kept = application.carryover
    if kept is None:
        return None
    source = kept.source
    return {
        "title": _("Nothing has changed, says the partner") if application.no_change else _("A renewal"),
        "no_change": application.no_change,
        "certified_by": kept.certified_by.name if kept.certified_by is not None else "",
        "certified_at": kept.certified_at,
        "statement": kept.statement,
        "numbers": _numbers(application, kept),
        "source": source.reference if source is not None else "",
        "source_href": url_for("cases.show", reference=source.reference) if source is not None else "",
        "changes_href": url_for("changes.index", reference=application.reference, since="last-case"),
    }


def _numbers(application: Application, kept: Carryover) -> list[str]:
    total = kept.carried + len(kept.asked)
    said = [_("%(carried)s of %(total)s answers carried over", carried=kept.carried, total=total)]
    changed = renewals.differences(application)
    said.append(ngettext("%(num)s answer differs", "%(num)s answers differ", changed))
    leaving = len(tasklist.leaving_out(application))
    if leaving:
        said.append(ngettext("%(num)s program is left out", "%(num)s programs are left out", leaving))
    return [str(line) for line in said]
