"""Questions about partnerships, agreements and signatures."""

from __future__ import annotations

from vetting.models import (
    Agreement,
    AgreementState,
    Partnership,
    PartnershipState,
    PartnerState,
    ProgramState,
    Signer,
    SignerState,
)
from vetting.queries import fund, settings
from vetting.text import N_, Message, dollars, say
from vetting.workflows.commands import GiveConsent, Sign
from vetting.workflows.definition import Context
from vetting.workflows.guards.agreement_terms import documents_are_good
from vetting.workflows.scope_of_service import missing_parts, payments_fault, signers_of

GOOD_STANDING = frozenset({PartnerState.PARTNER, PartnerState.PORTFOLIO, PartnerState.FUNDED})
OUT = frozenset({AgreementState.OUT_FOR_SIGNATURE, AgreementState.PARTLY_SIGNED})


def program_is_listed(partnership: Partnership, context: Context) -> Message | None:
    """Schools choose among approved programs of partners in good standing."""
    program = partnership.program
    if program.state is not ProgramState.APPROVED or program.organization.state not in GOOD_STANDING:
        return say(N_("This program cannot be chosen now. Its organization is not an approved partner."))
    return None


def partnership_is_confirmed(agreement: Agreement, context: Context) -> Message | None:
    if agreement.partnership.state not in {PartnershipState.CONFIRMED, PartnershipState.ACTIVE}:
        return say(N_("The school leader confirms the partnership first."))
    return None


def scope_is_complete(agreement: Agreement, context: Context) -> Message | None:
    """Every part of the scope is written, the payments come to the price, and the dates are in order."""
    missing = missing_parts(agreement)
    if missing:
        return say(N_("Fill in “%(part)s” before you send the agreement."), part=say(missing[0].label))
    if agreement.starts_on is None or agreement.ends_on is None:
        return say(N_("Give the first and the last day of service."))
    if agreement.ends_on < context.today:
        return say(N_("The last day of service is already past."))
    return payments_fault(agreement)


def signers_are_known(agreement: Agreement, context: Context) -> Message | None:
    """A person who holds the role now stands for every place in the signing order, each a different one."""
    people = signers_of(context.session, agreement)
    for place in people:
        if place.user is None:
            return say(N_("Choose who signs as %(role)s."), role=place.label)
    if len({place.user.id for place in people if place.user}) < len(people):
        return say(N_("Each signer must be a different person."))
    return None


def money_is_there(agreement: Agreement, context: Context) -> Message | None:
    """No award above the school's balance."""
    if agreement.funding_source != fund.PARTNERSHIP_FUND or agreement.amount_cents == 0:
        return None
    # Two agreements signed at once would otherwise both see the money that is enough for one.
    left = fund.available_cents(context.session, agreement.school_id, agreement.fiscal_year, lock=context.acting)
    left += set_aside_before(agreement, context)
    if agreement.amount_cents > left:
        return say(
            N_("The Partnership Fund has %(left)s left for this school. The agreement needs %(amount)s."),
            left=dollars(left),
            amount=dollars(agreement.amount_cents),
        )
    return None


def set_aside_before(agreement: Agreement, context: Context) -> int:
    """Cents that come free when this agreement replaces one that the same money pays for."""
    if agreement.supersedes_id is None:
        return 0
    before = context.session.get_one(Agreement, agreement.supersedes_id)
    same = (before.school_id, before.fiscal_year, before.funding_source) == (
        agreement.school_id,
        agreement.fiscal_year,
        agreement.funding_source,
    )
    return before.amount_cents if same and before.state in {AgreementState.IN_FORCE, AgreementState.SUSPENDED} else 0


def portfolio_rule(agreement: Agreement, context: Context) -> Message | None:
    """Where the district requires it, only Portfolio partners are paid."""
    rule = settings.process_settings(context.session).content["partner_path"]["portfolio_before_funding"]
    in_portfolio = agreement.organization.state in {PartnerState.PORTFOLIO, PartnerState.FUNDED}
    if rule == "require" and agreement.amount_cents > 0 and not in_portfolio:
        return say(
            N_("District money goes only to Opportunity Portfolio Partners. This program is not in the Portfolio.")
        )
    return None


def partner_in_good_standing(agreement: Agreement, context: Context) -> Message | None:
    if agreement.organization.state not in GOOD_STANDING:
        return say(N_("This organization is not an approved partner now, so nothing can be signed."))
    return None


def still_out_for_signature(signer: Signer, context: Context) -> Message | None:
    agreement = signer.agreement_version.agreement
    if agreement.state not in OUT or signer.agreement_version.number != agreement.current_number:
        return say(N_("This version is no longer out for signature."))
    return None


def is_their_turn(signer: Signer, context: Context) -> Message | None:
    """Everyone earlier in the order has signed."""
    for other in signer.agreement_version.signers:
        if other.position < signer.position and other.state is not SignerState.SIGNED:
            return say(N_("%(name)s signs first."), name=other.name)
    return None


def consent_names_the_text(signer: Signer, context: Context) -> Message | None:
    if isinstance(context.data, GiveConsent) and not context.data.text_sha256:
        return say(N_("Read the consent text first."))
    return None


def not_consented_yet(signer: Signer, context: Context) -> Message | None:
    if signer.consent is not None:
        return say(N_("You already agreed to sign electronically."))
    return None


def has_consented(signer: Signer, context: Context) -> Message | None:
    if signer.consent is None:
        return say(N_("Agree to sign electronically first. You can also ask for a paper copy."))
    return None


def saw_this_text(signer: Signer, context: Context) -> Message | None:
    """The signature names the hash of the frozen text."""
    given = context.data
    if not isinstance(given, Sign):
        return None
    if given.content_sha256 != signer.agreement_version.content_sha256:
        return say(N_("The text changed after you opened this page. Read the new text before you sign."))
    return None


def signer_still_holds_role(signer: Signer, context: Context) -> Message | None:
    """Somebody who lost the role between the invitation and the signature cannot sign for it."""
    for place in signers_of(context.session, signer.agreement_version.agreement):
        if place.role is signer.role:
            if signer.user_id not in {user.id for user in place.able}:
                return say(
                    N_(
                        "%(name)s no longer holds this role. The school leader or the partnerships office can name "
                        "another signer."
                    ),
                    name=signer.name,
                )
            return None
    return None


def agreement_can_be_paid(signer: Signer, context: Context) -> Message | None:
    """The money, the partner's standing and its documents are looked at again with each signature."""
    agreement = signer.agreement_version.agreement
    return (
        partner_in_good_standing(agreement, context)
        or documents_are_good(agreement, context)
        or money_is_there(agreement, context)
    )
