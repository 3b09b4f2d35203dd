"""What steps of partnerships, agreements and signatures change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vetting import outbox
from vetting.events import Event
from vetting.fund import ledger
from vetting.models import (
    Agreement,
    AgreementVersion,
    Consent,
    ExecutedDocument,
    PartnershipState,
    Signature,
    Signer,
    SignerState,
)
from vetting.queries import fund
from vetting.queries.agreement_types import type_of
from vetting.workflows.commands import AgreementDraft, GiveConsent, RecordExecution, Sign
from vetting.workflows.definition import Context
from vetting.workflows.effects import agreement_course as course
from vetting.workflows.effects import designations, money
from vetting.workflows.scope_of_service import content_hash, content_of, signers_of, terms_hash


def save_draft(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """Keep the scope as written; the money and dates stand beside it for guards and lists."""
    command: AgreementDraft = context.data
    before = agreement.draft
    agreement.draft = dict(command.content)
    agreement.amount_cents = command.amount_cents
    agreement.funding_source = command.funding_source
    agreement.starts_on = command.starts_on
    agreement.ends_on = command.ends_on
    agreement.type_key = type_of(context.session, agreement).key
    return {"changed": sorted(key for key, value in command.content.items() if before.get(key) != value)}


def freeze(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """Fix the exact text as the next version and invite the first signer."""
    places = signers_of(context.session, agreement)
    number = agreement.current_number + 1
    content = content_of(context.session, agreement, number, places)
    agreement.current_number = number
    version = AgreementVersion(
        agreement=agreement,
        number=number,
        content=content,
        content_sha256=content_hash(content),
        terms_sha256=terms_hash(content, f"{agreement.template_version.key}/{agreement.template_version.number}"),
        frozen_at=context.now,
    )
    context.session.add(version)
    context.session.flush()
    agreement.sign_until = None
    _want_unsigned_copy(version, context)
    for place in places:
        if place.user is None:
            raise RuntimeError("an agreement is sent only when every signer is known")
        signer = Signer(
            agreement_version=version,
            position=place.position,
            role=place.role,
            user_id=place.user.id,
            name=place.user.name,
            title=place.user.title,
            email=place.user.email,
        )
        context.then("signer", signer, "name")
    context.then("signer", version.signers[0], "invite")
    course.close_remarks(agreement, context)
    return {"version": number, "content_sha256": version.content_sha256}


def _want_unsigned_copy(version: AgreementVersion, context: Context) -> None:
    """Have the worker draw the PDF that signers open before they agree to sign electronically."""
    outbox.record(
        context.session,
        key=f"{Event.UNSIGNED_COPY_WANTED}:{version.id}",
        topic=Event.UNSIGNED_COPY_WANTED,
        recipient="worker",
        payload={"subject_type": "agreement", "subject_id": version.agreement_id, "version_id": version.id},
    )


def invited(signer: Signer, context: Context) -> None:
    signer.invited_at = context.now


def give_consent(signer: Signer, context: Context) -> Mapping[str, Any]:
    """Keep which consent text was on the page, when it was given and from where, as the server saw it."""
    command: GiveConsent = context.data
    signer.opened_at = signer.opened_at or context.now
    context.session.add(
        Consent(
            signer=signer,
            user_id=signer.user_id,
            text_version=command.text_version,
            text_sha256=command.text_sha256,
            given_at=context.now,
            address=context.actor.address,
            agent=context.actor.agent[:300],
            opened_copy=command.opened_copy,
        )
    )
    return {"consent": command.text_version, "text_sha256": command.text_sha256, "opened": command.opened_copy}


def sign(signer: Signer, context: Context) -> Mapping[str, Any]:
    """Keep the signature; then the next signer is invited, or the agreement is fully signed."""
    command: Sign = context.data
    version = signer.agreement_version
    context.session.add(
        Signature(
            signer=signer,
            agreement_version_id=version.id,
            content_sha256=command.content_sha256,
            typed_name=command.typed_name,
            title=command.title,
            intent=command.intent,
            method=command.method,
            signed_at=context.now,
            address=context.actor.address,
            agent=context.actor.agent[:300],
            authority=command.authority,
            proof_id=command.proof_id,
        )
    )
    waiting = [other for other in version.signers if other.state is SignerState.WAITING]
    if waiting:
        if not any(s.state is SignerState.SIGNED for s in version.signers if s is not signer):
            context.then("agreement", version.agreement, "first_signature")
        context.then("signer", waiting[0], "invite")
    else:
        context.then("agreement", version.agreement, "all_signed")
    return {"content_sha256": command.content_sha256, "method": command.method}


def signer_declined(signer: Signer, context: Context) -> None:
    signer.decline_reason = context.reason
    context.then("agreement", signer.agreement_version.agreement, "decline", reason=context.reason)


def void_signatures(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """Every open or given signature of the current version is void; the old text stays on record."""
    if not agreement.versions:
        return {}
    for signer in agreement.versions[-1].signers:
        if signer.state in {SignerState.WAITING, SignerState.INVITED, SignerState.SIGNED}:
            context.then("signer", signer, "void", reason=context.reason)
    return {"version": agreement.current_number}


def void(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """Whatever was signed, asked or said is at an end with the agreement."""
    course.drop_approvals(agreement, context)
    course.close_remarks(agreement, context)
    return void_signatures(agreement, context)


def commit_money(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """A fully signed agreement commits the school's Partnership Fund money; what it replaces gives its own back."""
    if agreement.supersedes_id is not None:
        release_money(context.session.get_one(Agreement, agreement.supersedes_id), context)
    if agreement.funding_source != fund.PARTNERSHIP_FUND or agreement.amount_cents == 0:
        return {}
    _post(agreement, context, ledger.commitment)
    return {"committed_cents": agreement.amount_cents}


def release_money(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """An agreement that ends early gives its commitment back."""
    if agreement.funding_source != fund.PARTNERSHIP_FUND or agreement.amount_cents == 0:
        return {}
    if fund.released(context.session, agreement.id):
        return {}
    _post(agreement, context, ledger.release)
    return {"released_cents": agreement.amount_cents}


def _post(agreement: Agreement, context: Context, entry: Callable[[str, str, int], ledger.Entry]) -> None:
    share = fund.allocation(context.session, agreement.school_id, agreement.fiscal_year)
    if share is None:
        raise RuntimeError("a school without an allocation cannot commit Partnership Fund money")
    # Two agreements of one school that are completed at once both change this row, so one of them loses.
    share.updated_at = context.now
    movement = entry(agreement.school.dese_id, agreement.reference, agreement.amount_cents)
    money.post(
        movement,
        context,
        fund_year_id=share.fund_year_id,
        school_id=agreement.school_id,
        business_key=f"{movement.kind.value}:agreement:{agreement.id}:{agreement.current_number}",
        memo=agreement.reference,
        agreement_id=agreement.id,
    )


def record_execution(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """The sealed document is on record; what the agreement grants begins."""
    command: RecordExecution = context.data
    agreement.executed_at = context.now
    version = agreement.versions[-1]
    context.session.add(
        ExecutedDocument(
            agreement_version=version,
            sha256=command.sha256,
            size=command.size,
            storage_key=command.storage_key,
            seal_fingerprint=command.seal_fingerprint,
            development_seal=command.development_seal,
            chain_head=command.chain_head,
            sealed_at=context.now,
        )
    )
    if agreement.partnership.state is PartnershipState.CONFIRMED:
        context.then("partnership", agreement.partnership, "activate")
    designations.grant_funded(agreement, context)
    course.begin_days(agreement, context, course.signed_elsewhere_on(version))
    course.replace_before(agreement, context)
    return {"sha256": command.sha256, "content_sha256": version.content_sha256}


def end_early(agreement: Agreement, context: Context) -> Mapping[str, Any]:
    """Service stops: the commitment is released and the Funded designation ends."""
    designations.end_of(agreement, context)
    course.end_days(agreement, context)
    return release_money(agreement, context)
