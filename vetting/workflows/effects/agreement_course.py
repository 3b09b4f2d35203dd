"""The course of an agreement besides its signatures: its kind, approvals, days in force, successors, remarks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from vetting.calendar_days import add_months
from vetting.models import (
    Agreement,
    AgreementEdition,
    AgreementState,
    AgreementVersion,
    Approval,
    ApprovalState,
    ForceSpell,
    Remark,
    RemarkState,
    Side,
)
from vetting.queries import agreement_days, approvals, negotiation
from vetting.queries.agreement_types import in_use, type_of
from vetting.workflows.commands import EndOn
from vetting.workflows.definition import Context
from vetting.workflows.effects import designations
from vetting.workflows.scope_of_service import draft_content, words_hash

DAY = timedelta(days=1)


def begin(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """The kinds in use today decide, and go on deciding for this agreement."""
    agreement.types_version_id = agreement.types_version_id or in_use(context.session).id
    kind = type_of(context.session, agreement)
    agreement.type_key = kind.key
    return {"kind": kind.key, "origin": agreement.origin.value}


def ask_approvals(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """Ask for every yes that is needed for these words, the first one at once."""
    drop_approvals(agreement, context)
    session = context.session
    words = words_hash(draft_content(session, agreement))
    asked = []
    for position, wanted in enumerate(approvals.wanted(session, agreement, context.today), start=1):
        approval = Approval(
            agreement=agreement,
            position=position,
            role=wanted.role,
            because=wanted.because,
            content_sha256=words,
        )
        context.then("agreement_approval", approval, "open")
        asked.append(approval)
    if asked:
        context.then("agreement_approval", asked[0], "ask")
    return {"approvals": [one.role.value for one in asked], "words_sha256": words}


def drop_approvals(agreement: Agreement, context: Context) -> None:
    """What was asked or given is about another text now."""
    for approval in approvals.standing_ones(context.session, agreement):
        context.then("agreement_approval", approval, "void")


def approve(approval: Approval, context: Context) -> Mapping[str, Any]:
    """Keep who said yes to which words, and ask the next."""
    _decided(approval, context)
    for other in approvals.standing_ones(context.session, approval.agreement):
        if other.position > approval.position and other.state is ApprovalState.WAITING:
            context.then("agreement_approval", other, "ask")
            break
    return {"words_sha256": approval.content_sha256}


def give_back(approval: Approval, context: Context) -> None:
    """The draft goes back to those who write it, with the reason."""
    _decided(approval, context)
    context.then("agreement", approval.agreement, "give_back", reason=context.reason)


def _decided(approval: Approval, context: Context) -> None:
    approval.decided_by_id = context.actor.user_id
    approval.decided_at = context.now
    approval.note = context.reason


def share(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """Keep the words as both sides see them from now on."""
    session = context.session
    content = draft_content(session, agreement)
    newest = negotiation.newest_edition(session, agreement.id)
    edition = AgreementEdition(
        agreement=agreement,
        number=newest.number + 1 if newest else 1,
        content=content,
        content_sha256=words_hash(content),
        side=negotiation.side_of(context.actor, agreement.organization_id, agreement.school_id) or Side.DISTRICT,
        shared_by_id=context.actor.user_id,
        shared_at=context.now,
    )
    session.add(edition)
    return {"edition": edition.number, "words_sha256": edition.content_sha256}


def accept_remark(remark: Remark, context: Context) -> Mapping[str, Any]:
    """The proposed words stand in the draft from now on."""
    _answered(remark, context)
    agreement = remark.agreement
    kind, _colon, key = remark.part.rpartition(":")
    draft = dict(agreement.draft)
    if kind == "clause":
        draft["clauses"] = {**draft.get("clauses", {}), key: remark.proposed}
    else:
        draft[remark.part] = remark.proposed
    context.then("agreement", agreement, "take_words", data=draft)
    return {"part": remark.part}


def take_words(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """Words that both sides agreed to."""
    before, agreement.draft = agreement.draft, dict(context.data)
    return {"changed": sorted(key for key, value in agreement.draft.items() if before.get(key) != value)}


def answer_remark(remark: Remark, context: Context) -> None:
    _answered(remark, context)


def _answered(remark: Remark, context: Context) -> None:
    remark.answered_by_id = context.actor.user_id
    remark.answered_at = context.now
    remark.answer = context.reason


def close_remarks(agreement: Agreement, context: Context) -> None:
    """What was said and not settled stays on record as it was when the text was sent."""
    for remark in negotiation.remarks(context.session, agreement.id):
        if remark.state is RemarkState.OPEN:
            context.then("agreement_remark", remark, "lay_down")


def begin_days(agreement: Agreement, context: Context, since: date | None = None) -> None:
    """From today on it is in force, or from ``since``, as soon as its first day has come."""
    context.session.add(ForceSpell(agreement_id=agreement.id, first_on=since or context.today))


def signed_elsewhere_on(version: AgreementVersion) -> date | None:
    """The day on which a contract written elsewhere was signed by all; None for what was signed here."""
    contract = version.content.get("contract")
    return date.fromisoformat(contract["signed_on"]) if contract else None


def end_days(agreement: Agreement, context: Context) -> None:
    """From today on it is not in force; yesterday was its last day, unless it was over before."""
    _close(agreement, context, context.today - DAY)


def complete(agreement: Agreement, context: Context) -> None:
    """Its term is over."""
    _close(agreement, context, agreement.ends_on or context.today - DAY)


def suspend(agreement: Agreement, context: Context) -> None:
    end_days(agreement, context)


def resume(agreement: Agreement, context: Context) -> None:
    begin_days(agreement, context)


def _close(agreement: Agreement, context: Context, last_on: date) -> None:
    spell = agreement_days.open_spell(context.session, agreement.id)
    if spell is not None:
        spell.last_on = last_on


def replace_before(agreement: Agreement, context: Context) -> None:
    """What an agreement replaces stays in force until this one is: today, or on its first day of service."""
    if agreement.supersedes_id is None or agreement.starts_on is None or agreement.starts_on > context.today:
        return
    before = context.session.get_one(Agreement, agreement.supersedes_id)
    if before.state is AgreementState.IN_FORCE:
        context.then("agreement", before, "supersede")


def superseded(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """The newer agreement is in force from today on; what the older one granted ends with it."""
    end_days(agreement, context)
    newer = context.session.scalars(
        sa.select(Agreement).where(Agreement.supersedes_id == agreement.id, Agreement.state == AgreementState.IN_FORCE)
    ).first()
    designations.end_of(agreement, context)
    return {"by": newer.reference if newer else ""}


def plan_end(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """Services go on until the day that was chosen; the daily round ends them after it."""
    command: EndOn = context.data
    agreement.ending_on = command.last_day
    return {"last_day": command.last_day.isoformat()}


def keep_going(agreement: Agreement, context: Context) -> None:
    agreement.ending_on = None


def give_notice(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """Each side is told that it goes on, unless somebody says no by the last day."""
    agreement.notice_on = context.today
    return {"until": agreement.ends_on.isoformat() if agreement.ends_on else ""}


def object_to_renewal(agreement: Agreement, context: Context) -> None:
    agreement.objected_at = context.now


def renew_term(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """One more year under the same words; the next notice is a new one."""
    if agreement.ends_on is None:
        raise RuntimeError("an agreement in force has a last day")
    agreement.ends_on = add_months(agreement.ends_on, 12)
    agreement.notice_on = None
    return {"ends_on": agreement.ends_on.isoformat()}
