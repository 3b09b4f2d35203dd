"""Questions that the program itself reads, and what a draft may not do to questions that were asked before.

A form may lose any other question. Without these an approval could not fill the directory, or a document would be asked
of nobody; so they stay, under their key and with their kind. Their words may change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vetting.data.evidence_types import EvidenceTypes
from vetting.questionnaires.faults import Fault
from vetting.questionnaires.form import Form, Kind, Need
from vetting.text import N_, say

READ: Mapping[str, frozenset[str]] = {
    "registration": frozenset(
        {
            "legal_name", "doing_business_as", "organization_kind", "nonprofit_status", "mission", "website", "ein",
            "organization_phone", "organization_email", "street", "city", "state", "zip", "neighborhoods_served",
            "program_name", "short_description", "service_category", "grades", "days_of_week", "times_of_day", "season",
            "languages_offered", "cost_to_families", "delivery_mode", "target_groups", "location_kind",
        }
    ),
    "portfolio": frozenset({"portfolio_category"}),
}  # fmt: skip
"""By form: questions whose answers become the record, its programs, the directory, or choose the case."""


def kept_faults(form: Form, current: Form | None, types: EvidenceTypes) -> Iterator[Fault]:
    """Questions that the draft took away although the program needs them."""
    if current is None:
        return
    there = {question.key for question in form.questions}
    labels = {question.key: question.label for question in current.questions}
    needed = READ.get(form.header.key, frozenset())
    for key, label in labels.items():
        if key in there:
            continue
        if key in needed:
            words = N_("“%(question)s” must stay: the program uses the answer for the organization's record")
            yield Fault(say(words, question=label), question=key)
        elif (document := _waiting(form, types, key)) is not None:
            words = N_("“%(question)s” must stay: “%(document)s” is asked for because of the answer")
            yield Fault(say(words, question=label, document=document), question=key)


def _waiting(form: Form, types: EvidenceTypes, key: str) -> str | None:
    for section in form.sections:
        for need in section.documents:
            condition = types.documents[need.type].required_if
            if need.need is Need.IF_APPLIES and condition is not None and key in condition.questions():
                return types.documents[need.type].name
    return None


def reuse_faults(form: Form, asked_before: Mapping[str, Kind]) -> Iterator[Fault]:
    """Questions whose key stood for another kind of answer before, so that answers could not be reused."""
    for section in form.sections:
        for question in section.questions:
            before = asked_before.get(question.key)
            if before is not None and before is not question.kind:
                words = N_(
                    "“%(question)s” had another kind of answer in an earlier version, so those answers would not fit. "
                    "Remove it and add a new question"
                )
                yield Fault(say(words, question=question.label), section.key, question.key, "kind")
