"""Questions about agreements that were signed on paper."""

from __future__ import annotations

from collections.abc import Iterator

from vetting import fonts
from vetting.clock import local_date
from vetting.models import (
    AgreementState,
    EvidenceState,
    PaperKind,
    PaperRecord,
    PaperSignature,
    ScanResult,
    SignerRole,
    SignerState,
)
from vetting.queries import paper
from vetting.refs import folded
from vetting.text import N_, Message, say, size_words
from vetting.workflows.definition import Context
from vetting.workflows.guards import agreement_terms as terms
from vetting.workflows.guards import agreements as ask
from vetting.workflows.guards import sealing
from vetting.workflows.paper_commands import ComparePaper
from vetting.workflows.paper_text import named_otherwise, words_compared

OUT = frozenset({AgreementState.OUT_FOR_SIGNATURE, AgreementState.PARTLY_SIGNED})
UNSIGNED = frozenset({AgreementState.DRAFT, AgreementState.IN_REVIEW})
OPEN_PLACES = frozenset({SignerState.WAITING, SignerState.INVITED})

NAMES_DIFFER = N_(
    "The text names %(text)s, the paper says %(paper)s. If it is the same person, say why the names differ. "
    "If somebody else signed, replace the signer first."
)

MOST_SCAN_BYTES = 8 * 1024 * 1024
"""All scans of one agreement together. With the rest of the document they must fit into what the check page reads."""


def is_the_text_out(record: PaperRecord, context: Context) -> Message | None:
    """The version on the paper is the one that is out for signature; a contract of elsewhere is entered as a draft."""
    agreement = record.agreement
    if record.kind is PaperKind.CONTRACT:
        if agreement.state not in UNSIGNED:
            return say(N_("A contract written elsewhere is entered while the agreement here is still a draft."))
        return ask.scope_is_complete(agreement, context) or terms.dates_fit_the_kind(agreement, context)
    if agreement.state not in OUT:
        return say(N_("This agreement is not out for signature, so nothing signed on paper can be added to it."))
    if record.number != agreement.current_number:
        return say(
            N_(
                "The paper says version %(typed)s. Version %(current)s is out for signature. Only that one can be signed."
            ),
            typed=record.number,
            current=agreement.current_number,
        )
    return None


def nothing_else_is_compared(record: PaperRecord, context: Context) -> Message | None:
    if paper.open_record(context.session, record.agreement.id) is not None:
        return say(N_("Another scan for this agreement is being compared. Finish that one, or send it back."))
    return None


def scan_has_room(record: PaperRecord, context: Context) -> Message | None:
    """What is attached to the sealed document must fit into it."""
    kept = sum(one.document_version.size for one in paper.confirmed(context.session, record.agreement.id))
    if kept + record.document_version.size > MOST_SCAN_BYTES:
        return say(
            N_("All scans of one agreement together may have %(most)s. Scan it in gray with 200 dots per inch."),
            most=size_words(MOST_SCAN_BYTES),
        )
    return None


def signatures_make_sense(record: PaperRecord, context: Context) -> Message | None:
    """Who signed, in which place and when: the first sentence that speaks against it."""
    return next(_faults(record, context), None)


def _faults(record: PaperRecord, context: Context) -> Iterator[Message]:
    marks = record.signatures
    if not marks:
        yield say(N_("Say who signed on the paper."))
        return
    missing = fonts.uncovered("".join(f"{mark.name}{mark.title}{mark.name_reason}" for mark in marks))
    if missing:
        yield say(
            N_("The document cannot print %(characters)s. Write the names and reasons without."),
            characters=fonts.named(missing),
        )
    names = [folded(mark.name) for mark in marks]
    twice = next((mark for mark in marks if names.count(folded(mark.name)) > 1), None)
    if twice is not None:
        yield say(N_("%(name)s stands on the paper twice. Each signer must be a different person."), name=twice.name)
    for mark in marks:
        if mark.signed_on > context.today:
            yield say(N_("The date beside %(name)s's signature is still to come."), name=mark.name)
    yield from _of_contract(record) if record.kind is PaperKind.CONTRACT else _of_our_text(record, context)


def _of_contract(record: PaperRecord) -> Iterator[Message]:
    roles = {mark.role for mark in record.signatures}
    if SignerRole.PARTNER_SIGNER not in roles or len(roles) == 1:
        yield say(N_("A contract has a signature of the partner, and one of the school or the district."))
    ends_on = record.agreement.ends_on
    for mark in record.signatures:
        if ends_on is not None and mark.signed_on > ends_on:
            yield say(N_("%(name)s signed after the last day of service. Check both dates."), name=mark.name)


def _of_our_text(record: PaperRecord, context: Context) -> Iterator[Message]:
    numbered = [version for version in record.agreement.versions if version.number == record.number]
    if not numbered:
        return
    yield from _unexplained(record)
    fixed_on = local_date(numbered[0].frozen_at)
    on_paper = {mark.role for mark in record.signatures}
    for mark in record.signatures:
        if mark.signer is None:
            yield say(N_("Nobody signs this version in the place of %(name)s."), name=mark.name)
        elif mark.signer.state not in OPEN_PLACES:
            yield say(_no_longer_open(mark), name=mark.signer.name)
        elif mark.signer.left_on is not None and mark.signed_on > mark.signer.left_on:
            left = ask.signer_still_holds_role(mark.signer, context)
            if left is not None:
                yield left
        if mark.signed_on < fixed_on:
            yield say(
                N_("%(name)s signed before this text was fixed on %(day)s, so it was another text."),
                name=mark.name,
                day=fixed_on.isoformat(),
            )
    last = max((mark.position for mark in record.signatures), default=0)
    for signer in numbered[0].signers:
        if signer.position < last and signer.role not in on_paper and signer.state is not SignerState.SIGNED:
            yield say(N_("%(name)s signs first."), name=signer.name)


def _unexplained(record: PaperRecord) -> Iterator[Message]:
    for mark in named_otherwise(record):
        if mark.signer is not None and not mark.name_reason:
            yield say(NAMES_DIFFER, text=mark.signer.name, paper=mark.name)


def _no_longer_open(mark: PaperSignature) -> str:
    if mark.signer is not None and mark.signer.state is SignerState.SIGNED:
        return N_("%(name)s has signed already. Send the record back and leave this name out.")
    return N_("The signature of %(name)s is no longer asked for.")


def scan_can_be_read(record: PaperRecord, context: Context) -> Message | None:
    """Nobody can have compared a file that nobody may open."""
    scan = record.document_version
    if scan.scan is ScanResult.WAITING:
        return say(N_("The virus check of the scan is not done yet. It takes a minute or two."))
    if scan.scan in {ScanResult.INFECTED, ScanResult.UNSCANNABLE}:
        return say(
            N_("The scan could not be checked for viruses, or one was found. Send the record back and scan anew.")
        )
    if scan.state not in {EvidenceState.RECEIVED, EvidenceState.ACCEPTED}:
        return say(N_("The scan was returned or taken out. Send the record back and scan anew."))
    return None


def words_are_the_same(record: PaperRecord, context: Context) -> Message | None:
    """What the first person compared is what counts; any later change needs a new look."""
    given = context.data
    seen = given.words_sha256 if isinstance(given, ComparePaper) else record.words_sha256
    if {words_compared(context.session, record), seen} != {record.words_sha256}:
        return say(
            N_("The text here was changed after the scan was recorded. Send the record back and record it anew.")
        )
    return None


def names_were_looked_at(record: PaperRecord, context: Context) -> Message | None:
    """A name that differs counts only when whoever compares stands for the reason as well."""
    given = context.data
    if given is None:
        return None  # the page asks whether it may show the form
    if named_otherwise(record) and not (isinstance(given, ComparePaper) and given.names_looked_at):
        return say(N_("A name on the paper is not the one in the text. Confirm that it is the same person."))
    return None


def two_people(record: PaperRecord, context: Context) -> Message | None:
    """Neither who recorded the scan nor who compared it first may be the second."""
    if context.actor.user_id in {record.recorded_by_id, record.compared_by_id}:
        return say(
            N_("Somebody else in the office confirms: not who recorded the scan, and not who compared it first.")
        )
    return None


def no_own_signature(record: PaperRecord, context: Context) -> Message | None:
    """Whoever signed the paper does not say that it is the same as ours."""
    if any(mark.signer is not None and mark.signer.user_id == context.actor.user_id for mark in record.signatures):
        return say(N_("Your own signature is on this paper, so somebody else compares it."))
    return None


def can_count(record: PaperRecord, context: Context) -> Message | None:
    """The partner's standing, its documents and the money, as with every signature; a contract is sealed as well."""
    agreement = record.agreement
    found = (
        ask.partner_in_good_standing(agreement, context)
        or terms.documents_are_good(agreement, context)
        or ask.money_is_there(agreement, context)
    )
    if found is None and record.kind is PaperKind.CONTRACT:
        found = (
            ask.portfolio_rule(agreement, context)
            or terms.approvals_given(agreement, context)
            or terms.what_it_changes_is_in_force(agreement, context)
            or sealing.text_can_be_printed(agreement, context)
        )
    return found
