"""The findings of a draft's documents, with a form beside each for the sender's word on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vetting.forms.preflight import ExplainForm
from vetting.models import Application
from vetting.policy import Permission
from vetting.views import findings
from vetting.views.guard import may


def explain_form(document: str, finding: str) -> ExplainForm:
    """The form of one finding; several stand on one page."""
    return ExplainForm(prefix=f"why-{document}-{finding}")


def with_forms(shown: dict[str, Any] | None, mistaken: ExplainForm | None) -> dict[str, Any] | None:
    """Findings with a form beside each; ``mistaken`` is the one that could not be kept."""
    if shown is None:
        return None
    for row in shown["rows"]:
        form = explain_form(shown["document"], row["key"])
        row["form"] = mistaken if mistaken is not None and mistaken.text.name == form.text.name else form
        if mistaken is None:
            form.text.data = row["note"]
    return shown


def lines(application: Application) -> dict[str, dict[str, Any]]:
    """The findings of every document of a draft that the reader may open, by the reference of the document."""
    found = findings.of_case(application)
    shown = {}
    for link in application.evidence:
        version = link.document_version
        # What is found in a file says what is in it.
        if not may(Permission.EVIDENCE_OPEN, version):
            continue
        told = findings.shown(version, found.get(version.id))
        if told is not None:
            shown[version.document.reference] = told
    return shown


def in_one_line(found: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """The findings of all documents of one kind together."""
    several = list(found)
    if not several:
        return None
    rows = [row for each in several for row in each["rows"]]
    states = [each["state"] for each in several]
    state = next((state for state in ("waiting", "late", "off") if state in states), "done")
    return {"state": state, "open": sum(each["open"] for each in several), "summary": findings.summary(state, rows)}
