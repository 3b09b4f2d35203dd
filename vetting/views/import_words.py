"""Imports in words: plans, results, rows, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from vetting.imports.partner_columns import COLUMNS, words_of
from vetting.jobs.partner_template import TITLES
from vetting.models import (
    InvitationBatch,
    InvitationResult,
    PartnerImport,
    PartnerImportItem,
    PartnerImportState,
    RowPlan,
    RowResult,
    Sheet,
)
from vetting.policy import Permission
from vetting.text import Message, say
from vetting.views.errors import translated
from vetting.views.guard import may
from vetting.workflows.imports import INVITATION_BATCH, PARTNER_IMPORT

Words = Mapping[Any, tuple[Any, str]]

PLANS: Words = {
    RowPlan.BAD: (_l("To be mended"), "bad"),
    RowPlan.ASK: (_l("Look alike"), "warn"),
    RowPlan.CREATE: (_l("New"), "good"),
    RowPlan.UPDATE: (_l("Changed"), "info"),
    RowPlan.LEAVE: (_l("Nothing new"), ""),
    RowPlan.SKIP: (_l("Left out"), ""),
}
"""What would happen to rows, in the order in which people look at them."""

RESULTS: Words = {
    RowResult.REFUSED: (_l("Not loaded"), "bad"),
    RowResult.CREATED: (_l("Added"), "good"),
    RowResult.UPDATED: (_l("Brought up to date"), "info"),
    RowResult.LEFT: (_l("Nothing new"), ""),
    RowResult.SKIPPED: (_l("Left out"), ""),
}

STATE_TONES: Mapping[PartnerImportState, str] = {
    PartnerImportState.CHECKING: "info",
    PartnerImportState.CHECKED: "warn",
    PartnerImportState.LOADING: "info",
    PartnerImportState.LOADED: "good",
}

SENT: Words = {
    InvitationResult.INVITED: (_l("Invited"), "good"),
    InvitationResult.SENT_AGAIN: (_l("Sent again"), "good"),
    InvitationResult.GRANTED: (_l("Got the role"), "good"),
    InvitationResult.MEMBER_ALREADY: (_l("Nothing to send"), "neutral"),
    InvitationResult.REFUSED: (_l("Not sent"), "bad"),
    InvitationResult.CANCELLED: (_l("Stopped before"), "neutral"),
}

OTHER_FACTS: Mapping[str, Any] = {
    "partner": _l("School-Community Partner"),
    "portfolio": _l("Opportunity Portfolio"),
    "money": _l("District money"),
    "state": _l("Partnership"),
}


def sentence(message: Message | str) -> str:
    """A sentence of the core in the reader's language."""
    return translated(message)


def state(upload: PartnerImport) -> str:
    """How far an import is."""
    return str(_(PARTNER_IMPORT.words[upload.state].office))


def batch_state(batch: InvitationBatch) -> str:
    """How far a batch of invitations is."""
    return str(_(INVITATION_BATCH.words[batch.state].office))


def title(upload: PartnerImport) -> str:
    """The heading of the page of an import."""
    titles = {
        PartnerImportState.CHECKING: _("The list is being checked"),
        PartnerImportState.CHECKED: _("Look before you load"),
        PartnerImportState.LOADING: _("The list is being loaded"),
        PartnerImportState.LOADED: _("What came of the list"),
        PartnerImportState.DISCARDED: _("This list was thrown away"),
    }
    return str(titles[upload.state])


def _said(kept: Mapping[str, Any]) -> str:
    return translated(say(kept["text"], **kept["values"]))


def file_problem(kept: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a whole file or sheet."""
    where = [str(kept["sheet"])] if kept["sheet"] else []
    if kept["line"]:
        where.append(_("row %(line)s", line=kept["line"]))
    if kept["column"]:
        where.append(str(kept["column"]))
    return {"where": ", ".join(where), "text": _said(kept)}


def sheets(upload: PartnerImport) -> list[dict[str, Any]]:
    """How many rows of each sheet have which plan."""
    return [
        {
            "name": TITLES[sheet],
            "counts": [upload.plans[sheet.value].get(plan.value, 0) for plan in PLANS],
        }
        for sheet in Sheet
        if sheet.value in upload.plans
    ]


def row(item: PartnerImportItem) -> dict[str, Any]:
    """One row on the page."""
    organization = item.organization
    sees = organization is not None and may(Permission.ORGANIZATION_FILE, organization)
    return {
        "place": _("%(sheet)s, row %(line)s", sheet=TITLES[item.sheet], line=item.line),
        "key": item.key,
        "title": item.title or _("Without a name"),
        "href": url_for("organizations.show", reference=organization.reference) if organization and sees else None,
        "problems": [{"column": kept["column"], "text": _said(kept)} for kept in item.problems],
        "changes": [change(each) for each in item.changes],
        "outcome": _(item.outcome) if item.outcome else "",
    }


@cache
def _columns() -> Mapping[str, Any]:
    """Which column brings an answer or a fact."""
    found: dict[str, Any] = {}
    for columns in COLUMNS.values():
        for column in columns:
            found.setdefault(column.question or column.key, column)
    return found


def change(kept: Mapping[str, str]) -> dict[str, str]:
    """What a fact is and what it becomes, in the words of the sheet."""
    column = _columns().get(kept["what"])
    name = OTHER_FACTS.get(kept["what"]) or (column.key if column is not None else kept["what"])
    words = dict(words_of(column)) if column is not None else {}
    before, after = (
        "; ".join(_(words[part]) if part in words else part for part in kept[side].split("; ")) if kept[side] else ""
        for side in ("before", "after")
    )
    return {"what": str(name), "before": before, "after": after}


def heads() -> list[str]:
    """The headings of the file of rows."""
    return [_("Sheet"), _("Row"), _("Key"), _("Name"), _("Column"), _("What happens"), _("Why")]


def lines(item: PartnerImportItem) -> Iterator[Sequence[str]]:
    """The lines of one row in the file: one for each thing that is said about it."""
    words = RESULTS[item.result][0] if item.result is not None else PLANS[item.plan][0]
    start = [TITLES[item.sheet], str(item.line), item.key, item.title]
    told = [(str(kept["column"]), _said(kept)) for kept in item.problems]
    told += [(each["what"], f"{each['before']} → {each['after']}") for each in map(change, item.changes)]
    for column, text in told or [("", _(item.outcome) if item.outcome else "")]:
        yield [*start, column, str(words), text]
