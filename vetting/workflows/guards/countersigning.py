"""Questions about putting an agreement aside before the signature, and about signing many of them together."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import AgreementState, Signer, SignerRole, SignerState, SigningBatch, SigningHold, SigningHoldState
from vetting.queries import settings
from vetting.queries.signing_days import days_to_sign, last_day
from vetting.text import N_, Message, say
from vetting.workflows.countersign_commands import DrawUpBatch, HoldSignature, SignTogether
from vetting.workflows.definition import Context

OUT = frozenset({AgreementState.OUT_FOR_SIGNATURE, AgreementState.PARTLY_SIGNED})


def waits(signer: Signer) -> bool:
    """Whether the newest version waits for this signature now."""
    agreement = signer.agreement_version.agreement
    return (
        signer.state is SignerState.INVITED
        and agreement.state in OUT
        and signer.agreement_version.number == agreement.current_number
    )


def waits_for_the_holder(hold: SigningHold, context: Context) -> Message | None:
    """There is something to put aside, and it was not put aside already."""
    if hold.signer.role is not SignerRole.DISTRICT_SIGNATORY:
        return say(N_("Only the district's signature can be put on hold."))
    if not waits(hold.signer):
        return say(N_("This agreement does not wait for your signature now."))
    live = sa.select(SigningHold.id).where(
        SigningHold.signer_id == hold.signer.id, SigningHold.state == SigningHoldState.HELD
    )
    if context.session.scalars(live).first() is not None:
        return say(N_("This agreement is on hold already."))
    return None


def wakes_later(hold: SigningHold, context: Context) -> Message | None:
    """After today, and while there is still time to sign."""
    given = context.data
    if not isinstance(given, HoldSignature):
        return None
    if given.wakes_on <= context.today:
        return say(N_("Give a day after today on which the agreement comes back."))
    last = last_day(hold.signer.agreement_version, days_to_sign(context.session))
    if given.wakes_on > last:
        return say(N_("It can be signed until %(day)s. Give a day before that."), day=last.isoformat())
    return None


def texts_belong_together(batch: SigningBatch, context: Context) -> Message | None:
    """Each text waits for this person, who signs last, and says the same as the others but for the named fields."""
    given = context.data
    if not isinstance(given, DrawUpBatch):
        return None
    if not given.signers:
        return say(N_("Choose at least one agreement."))
    most = most_in(context.session)
    if len(given.signers) > most:
        return say(N_("At most %(most)s agreements are signed together. Choose fewer."), most=most)
    return next((fault for signer in given.signers if (fault := _fault(signer, batch)) is not None), None)


def _fault(signer: Signer, batch: SigningBatch) -> Message | None:
    reference = signer.agreement_version.agreement.reference
    if signer.user_id != batch.user_id or not waits(signer):
        return say(N_("Agreement %(reference)s does not wait for your signature now."), reference=reference)
    if signer.role is not SignerRole.DISTRICT_SIGNATORY or _signs_before_others(signer):
        return say(N_("Agreement %(reference)s is not signed by the district last."), reference=reference)
    if not batch.terms_sha256 or signer.agreement_version.terms_sha256 != batch.terms_sha256:
        return say(N_("Agreement %(reference)s has other terms. Sign it by itself."), reference=reference)
    return None


def _signs_before_others(signer: Signer) -> bool:
    return any(other.position > signer.position for other in signer.agreement_version.signers)


def most_in(session: Session) -> int:
    """How many agreements the district lets a person sign by one act."""
    return int(settings.process_settings(session).content["agreement"].get("batch_most", 25))


def list_is_the_one_shown(batch: SigningBatch, context: Context) -> Message | None:
    """What is signed is the list of texts that was on the page."""
    given = context.data
    if isinstance(given, SignTogether) and given.digest != batch.digest:
        return say(N_("The list changed after you opened this page. Read it again before you sign."))
    return None
