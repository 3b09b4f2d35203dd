"""Questions about remarks on the text of an agreement."""

from __future__ import annotations

from vetting.models import AgreementState, AgreementTerms, Remark, Side
from vetting.queries import negotiation
from vetting.text import N_, Message, say
from vetting.workflows.agreement_text import WORDS_ONLY, part_text, parts_to_discuss
from vetting.workflows.definition import Context

UNSIGNED = frozenset({AgreementState.DRAFT, AgreementState.IN_REVIEW})


def text_is_open(remark: Remark, context: Context) -> Message | None:
    if remark.agreement.state in UNSIGNED:
        return None
    return say(N_("The text is fixed now. To talk about it, ask the school or the office to open it again."))


def part_is_there(remark: Remark, context: Context) -> Message | None:
    if remark.part in parts_to_discuss(context.session, remark.agreement):
        return None
    return say(N_("Choose the part of the text that this is about."))


def part_may_change(remark: Remark, context: Context) -> Message | None:
    """Clauses of a text with fixed terms are signed as they stand; a wish goes to the office as a comment."""
    fixed = remark.agreement.terms is AgreementTerms.FIXED and remark.part.startswith("clause:")
    if remark.proposed and fixed:
        return say(
            N_(
                "The clauses of this kind of agreement are fixed. Write a comment instead; the partnerships office reads it."
            )
        )
    if remark.proposed and not remark.part.startswith("clause:") and remark.part not in WORDS_ONLY:
        return say(N_("This part is made of several answers. Write a comment that says what should be different."))
    if not remark.proposed and not remark.body:
        return say(N_("Write a comment, or other words for this part."))
    if remark.proposed and remark.proposed == part_text(context.session, remark.agreement, remark.part):
        return say(N_("These are the words that stand there now."))
    return None


def proposes_words(remark: Remark, context: Context) -> Message | None:
    return None if remark.proposed else say(N_("This is a comment. It proposes no other words."))


def only_comments(remark: Remark, context: Context) -> Message | None:
    return say(N_("Other words are accepted or declined.")) if remark.proposed else None


def from_another_side(remark: Remark, context: Context) -> Message | None:
    """Partner and school answer each other; the office may answer both."""
    agreement = remark.agreement
    side = negotiation.side_of(context.actor, agreement.organization_id, agreement.school_id)
    if side is None or side is remark.side or (side is Side.SCHOOL and remark.side is Side.DISTRICT):
        return say(N_("The other side answers this."))
    return None


def part_is_as_it_was(remark: Remark, context: Context) -> Message | None:
    """The words that were to be replaced still stand there."""
    if part_text(context.session, remark.agreement, remark.part) != remark.was:
        return say(N_("This part was changed after the proposal was made. Decline it, or ask for a new proposal."))
    return None


def own_words(remark: Remark, context: Context) -> Message | None:
    return None if remark.author_id == context.actor.user_id else say(N_("Only its writer can take it back."))
