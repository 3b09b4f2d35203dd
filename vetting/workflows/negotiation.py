"""Approvals of an agreement before it is sent, and what its sides say about the text."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import ApprovalState, RemarkState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import the_approvers, the_other_sides, the_writer
from vetting.workflows.definition import START, STAY, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import agreement_course as do
from vetting.workflows.guards import agreement_talks as talk
from vetting.workflows.guards import agreement_terms as terms

A = ApprovalState

APPROVAL = Workflow(
    name="agreement_approval",
    title=N_("Approval of an agreement"),
    about=N_("A yes that an agreement needs before it is sent for signature. Nobody approves their own draft."),
    states=A,
    initial=A.WAITING,
    final=frozenset({A.RETURNED, A.VOIDED}),
    words={
        A.WAITING: StateWords(N_("Waiting for an answer"), N_("Waiting for an answer")),
        A.APPROVED: StateWords(N_("Approved"), N_("Approved")),
        A.RETURNED: StateWords(N_("Returned"), N_("Returned with a reason")),
        A.VOIDED: StateWords(N_("No longer asked"), N_("No longer asked")),
    },
    steps=(
        Step("open", START, A.WAITING, P.SYSTEM_ACT, N_("Ask for approval"), ""),
        Step("ask", (A.WAITING,), STAY, P.SYSTEM_ACT, N_("Tell who approves"), N_("Asked to approve"),
             event=Event.APPROVAL_ASKED, tells=(the_approvers,)),
        Step("approve", (A.WAITING,), A.APPROVED, P.AGREEMENT_APPROVE, N_("Approve"), N_("Approved"),
             guards=(terms.their_turn, terms.not_the_writer, terms.text_is_the_one_asked_about),
             reason=Reason.OPTIONAL, effect=do.approve),
        Step("return", (A.WAITING,), A.RETURNED, P.AGREEMENT_APPROVE, N_("Return with a reason"), N_("Returned with a reason"),
             guards=(terms.their_turn,), reason=Reason.REQUIRED, effect=do.give_back),
        Step("void", (A.WAITING, A.APPROVED), A.VOIDED, P.SYSTEM_ACT, N_("No longer ask"), ""),
    ),
)  # fmt: skip

R = RemarkState

REMARK = Workflow(
    name="agreement_remark",
    title=N_("Remark on an agreement"),
    about=N_("A comment on a part of an agreement that is not signed yet, or other words for it."),
    states=R,
    initial=R.OPEN,
    final=frozenset({R.ACCEPTED, R.DECLINED, R.SETTLED, R.WITHDRAWN}),
    words={
        R.OPEN: StateWords(N_("Waiting for an answer"), N_("Waiting for an answer")),
        R.ACCEPTED: StateWords(N_("Accepted"), N_("Accepted; it stands in the text")),
        R.DECLINED: StateWords(N_("Declined"), N_("Declined; the text stays as it was")),
        R.SETTLED: StateWords(N_("Settled"), N_("Settled")),
        R.WITHDRAWN: StateWords(N_("Taken back"), N_("Taken back")),
    },
    steps=(
        Step("make", START, R.OPEN, P.AGREEMENT_DISCUSS, N_("Comment on the text"), N_("Comment on the text"),
             guards=(talk.text_is_open, talk.part_is_there, talk.part_may_change),
             event=Event.REMARK_MADE, tells=(the_other_sides,)),
        Step("accept", (R.OPEN,), R.ACCEPTED, P.AGREEMENT_DISCUSS, N_("Accept this change"), N_("Change accepted"),
             guards=(talk.proposes_words, talk.from_another_side, talk.text_is_open, talk.part_is_as_it_was),
             reason=Reason.OPTIONAL, effect=do.accept_remark, event=Event.REMARK_ANSWERED, tells=(the_writer,)),
        Step("decline", (R.OPEN,), R.DECLINED, P.AGREEMENT_DISCUSS, N_("Decline this change"), N_("Change declined"),
             guards=(talk.proposes_words, talk.from_another_side), reason=Reason.REQUIRED, effect=do.answer_remark,
             event=Event.REMARK_ANSWERED, tells=(the_writer,)),
        Step("settle", (R.OPEN,), R.SETTLED, P.AGREEMENT_DISCUSS, N_("Mark as settled"), N_("Comment settled"),
             guards=(talk.only_comments,), reason=Reason.OPTIONAL, effect=do.answer_remark),
        Step("take_back", (R.OPEN,), R.WITHDRAWN, P.AGREEMENT_DISCUSS, N_("Take it back"), N_("Comment taken back"),
             guards=(talk.own_words,)),
        Step("lay_down", (R.OPEN,), R.SETTLED, P.SYSTEM_ACT, N_("Close with the text"), N_("Closed with the text")),
    ),
)  # fmt: skip
