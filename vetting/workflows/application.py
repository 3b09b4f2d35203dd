"""The case: from a draft to a released decision."""

from __future__ import annotations

from vetting.data.status import WORDS, Situation
from vetting.events import Event
from vetting.models import OPEN_STATES, DecisionState, RequestState
from vetting.models import ApplicationState as S
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import (
    applicants,
    coordinators,
    coordinators_who_had_it,
    directors,
    the_new_coordinator,
    who_answer_for_it,
)
from vetting.workflows.definition import START, STAY, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import answerable, custody, renewals, vault
from vetting.workflows.effects import applications as do
from vetting.workflows.effects import deadlines as more_time
from vetting.workflows.guards import answerable as word
from vetting.workflows.guards import applications as ask
from vetting.workflows.guards import custody as may
from vetting.workflows.guards import deadlines as time
from vetting.workflows.guards import reminders as remind
from vetting.workflows.guards import renewals as renew

OPEN = tuple(state for state in S if state in OPEN_STATES)

APPLICATION = Workflow(
    name="application",
    title=N_("Application"),
    about=N_("A case: the registration of an organization and its programs, or one program's Portfolio application."),
    states=S,
    initial=S.DRAFT,
    final=frozenset({S.APPROVED, S.NOT_SELECTED, S.WITHDRAWN, S.EXPIRED}),
    words={
        S.DRAFT: StateWords(N_("Draft"), N_("Not sent yet. You can still change everything.")),
        S.SUBMITTED: StateWords(N_("New"), WORDS[Situation.RECEIVED].headline),
        S.SCREENING: StateWords(N_("Screening"), WORDS[Situation.CHECKING].headline),
        S.INFORMATION_REQUESTED: StateWords(N_("Waiting for the applicant"), WORDS[Situation.ANSWER_NEEDED].headline),
        S.IN_REVIEW: StateWords(N_("In review"), WORDS[Situation.IN_REVIEW].headline),
        # Whether a decision is drafted or was sent back does not show.
        S.READY_TO_DECIDE: StateWords(N_("Ready to decide"), WORDS[Situation.DECISION_SOON].headline),
        S.DECISION_DRAFTED: StateWords(N_("Decision to release"), WORDS[Situation.DECISION_SOON].headline),
        S.APPROVED: StateWords(N_("Approved"), WORDS[Situation.APPROVED].headline),
        S.NOT_SELECTED: StateWords(N_("Not selected"), WORDS[Situation.NOT_SELECTED].headline),
        S.WITHDRAWN: StateWords(N_("Withdrawn"), WORDS[Situation.WITHDRAWN].headline),
        S.EXPIRED: StateWords(N_("Expired"), WORDS[Situation.EXPIRED].headline),
    },
    steps=(
        Step("start", START, S.DRAFT, P.APPLICATION_START, N_("Start an application"), N_("You started it"),
             guards=(renew.renewal_is_due,), effect=do.begin),
        Step(
            "bring_over", (S.DRAFT,), STAY, P.APPLICATION_START, N_("Bring earlier answers over"), "",
            guards=(renew.can_be_brought,), effect=renewals.bring_over, command="bring_over",
        ),
        Step(
            "choose_programs", (S.DRAFT,), STAY, P.APPLICATION_EDIT, N_("Choose the programs to renew"), "",
            guards=(renew.a_program_stays,), effect=renewals.choose_programs, command="choose_programs",
        ),
        Step(
            "check_answers", (S.DRAFT,), STAY, P.APPLICATION_EDIT, N_("Say that answers still hold"), "",
            guards=(renew.something_to_check,), effect=renewals.check_answers, command="check_answers",
        ),
        Step(
            "certify", (S.DRAFT,), S.SUBMITTED, P.APPLICATION_CERTIFY, N_("Certify that nothing has changed"), N_("You sent it"),
            guards=(renew.nothing_changed, renew.statement_is_current), effect=renewals.certify, command="certify",
            event=Event.APPLICATION_RECEIVED, tells=(applicants, coordinators),
        ),
        Step("start_assisted", START, S.DRAFT, P.CASE_ASSIST, N_("Enter for somebody"), N_("We started it for you"),
             effect=do.begin_for_somebody),
        Step(
            "save_answers", (S.DRAFT,), STAY, P.APPLICATION_EDIT, N_("Save answers"), "",
            effect=do.save_answers, command="answers",
        ),
        Step(
            "attach_evidence", (S.DRAFT,), STAY, P.EVIDENCE_ADD, N_("Add a document"), "",
            guards=(time.came_in_time,), effect=do.attach_evidence, command="evidence",
        ),
        Step(
            "detach_evidence", (S.DRAFT,), STAY, P.EVIDENCE_ADD, N_("Take a document out"), "",
            effect=do.detach_evidence, command="detach_evidence",
        ),
        Step("take_new_version", OPEN, STAY, P.SYSTEM_ACT, N_("Take a new version of a returned document"),
             N_("You sent a new version of a document"), effect=vault.take_new_version),
        Step(
            "submit", (S.DRAFT,), S.SUBMITTED, P.APPLICATION_SUBMIT, N_("Send application"), N_("You sent it"),
            guards=(ask.everything_answered, time.came_in_time, ask.partner_first, renew.answers_checked,
                    word.confirmed_where_entered, word.signed_off_where_wanted),
            effect=do.receive,
            event=Event.APPLICATION_RECEIVED, tells=(applicants, coordinators),
        ),
        Step(
            "screen", (S.SUBMITTED,), S.SCREENING, P.APPLICATION_SCREEN, N_("Start screening"), N_("We started to check it"),
            effect=do.take_in_hand,
        ),
        Step(
            "request_information", (S.SCREENING, S.IN_REVIEW), S.INFORMATION_REQUESTED, P.APPLICATION_SCREEN,
            N_("Ask for something"), N_("We asked you for something"),
            guards=(ask.something_asked,), effect=do.ask, command="request_information",
            event=Event.INFORMATION_REQUESTED, tells=(applicants,),
        ),
        Step(
            "remind", (S.INFORMATION_REQUESTED,), STAY, P.APPLICATION_SCREEN, N_("Remind the applicant"),
            N_("We sent a reminder"), guards=(remind.something_is_open, remind.not_reminded_today),
            event=Event.INFORMATION_REMINDED, tells=(applicants,),
        ),
        Step(
            "replies_complete", (S.INFORMATION_REQUESTED,), S.SCREENING, P.SYSTEM_ACT, N_("Take in the reply"),
            N_("You answered everything we asked for"), effect=do.reply_arrived,
            event=Event.INFORMATION_ANSWERED, tells=(coordinators,),
        ),
        Step(
            "nothing_more_needed", (S.INFORMATION_REQUESTED,), S.SCREENING, P.SYSTEM_ACT, N_("Go on without an answer"),
            N_("We need nothing more from you"), effect=do.goes_on,
        ),
        Step(
            "assign_reviewer", (S.SCREENING, S.IN_REVIEW), STAY, P.APPLICATION_ASSIGN, N_("Assign a reviewer"), "",
            guards=(ask.assignment_is_possible,), effect=do.assign, command="assign_reviewer",
        ),
        Step(
            "start_review", (S.SCREENING,), S.IN_REVIEW, P.APPLICATION_SCREEN, N_("Send to review"), N_("We began the review"),
            guards=(ask.enough_reviewers, ask.all_requests_closed), effect=do.start_review,
        ),
        Step(
            "reviews_complete", (S.IN_REVIEW,), S.READY_TO_DECIDE, P.SYSTEM_ACT, N_("All reviews are in"), "",
            effect=do.now_deciding, event=Event.REVIEWS_COMPLETED, tells=(coordinators, directors),
        ),
        Step(
            "review_again", (S.READY_TO_DECIDE,), S.IN_REVIEW, P.APPLICATION_SCREEN, N_("Send back to review"), "",
            effect=do.review_again, reason=Reason.REQUIRED,
        ),
        Step(
            "draft_decision", (S.READY_TO_DECIDE,), S.DECISION_DRAFTED, P.DECISION_DRAFT, N_("Draft the decision"), "",
            guards=(ask.organization_in_good_standing, word.not_who_entered_it), effect=do.draft_decision, command="draft_decision",
            event=Event.DECISION_DRAFTED, tells=(directors,),
        ),
        Step(
            "return_decision", (S.DECISION_DRAFTED,), S.READY_TO_DECIDE, P.DECISION_RELEASE, N_("Return the draft"), "",
            effect=do.return_decision, reason=Reason.REQUIRED,
        ),
        Step(
            "release_approval", (S.DECISION_DRAFTED,), S.APPROVED, P.DECISION_RELEASE, N_("Release the approval"),
            N_("We approved it"),
            guards=(ask.outcome_is_approve, ask.a_different_person, ask.not_in_one_line, ask.organization_in_good_standing,
                    word.not_who_entered_it, word.no_look_alike_is_open),
            effect=do.release_approval, event=Event.DECISION_RELEASED, tells=(applicants,),
        ),
        Step(
            "release_not_selected", (S.DECISION_DRAFTED,), S.NOT_SELECTED, P.DECISION_RELEASE, N_("Release the decision"),
            N_("We decided: not selected this round"),
            guards=(ask.outcome_is_not_select, ask.a_different_person, ask.not_in_one_line, word.not_who_entered_it),
            effect=do.release_not_selected, event=Event.DECISION_RELEASED, tells=(applicants,),
        ),
        Step(
            "withdraw",
            (S.DRAFT, S.SUBMITTED, S.SCREENING, S.INFORMATION_REQUESTED, S.IN_REVIEW, S.READY_TO_DECIDE, S.DECISION_DRAFTED),
            S.WITHDRAWN, P.APPLICATION_WITHDRAW, N_("Withdraw"), N_("You withdrew it"),
            effect=do.close, event=Event.APPLICATION_WITHDRAWN, tells=(applicants, coordinators_who_had_it),
        ),
        Step("warn_idle", (S.DRAFT,), STAY, P.SYSTEM_ACT, N_("Give notice of a lapse"), N_("We told you that this draft will close"),
             guards=(renew.draft_notice_is_due,), effect=renewals.warn_draft, event=Event.DRAFT_LAPSING, tells=(applicants,)),
        Step("expire", (S.DRAFT,), S.EXPIRED, P.SYSTEM_ACT, N_("Close an unsent draft"), N_("It closed, because it was not sent in time"),
             effect=do.close),
        # Whose word stands behind a draft; a later change takes the word away.
        Step("ask_sign_off", (S.DRAFT,), STAY, P.APPLICATION_EDIT, N_("Ask for the sign-off"), N_("You asked for a sign-off"),
             guards=(word.sign_off_is_wanted, word.not_signed_off_yet, ask.everything_answered),
             effect=answerable.sign_off_asked, event=Event.SIGN_OFF_ASKED, tells=(who_answer_for_it,)),
        Step("sign_off", (S.DRAFT,), STAY, P.APPLICATION_SIGN_OFF, N_("Sign off"), N_("You signed it off"),
             guards=(word.sign_off_is_wanted, ask.everything_answered, word.as_it_was_read),
             effect=answerable.signed_off, command="sign_off", event=Event.SIGNED_OFF, tells=(applicants,)),
        Step("ask_confirmation", (S.DRAFT,), STAY, P.CASE_ASSIST_CONFIRM, N_("Ask them to confirm it"),
             N_("We asked you to confirm it"),
             guards=(word.entered_by_the_office, word.somebody_can_confirm, ask.everything_answered),
             event=Event.ENTRY_TO_CONFIRM, tells=(who_answer_for_it,)),
        Step("confirm_entry", (S.DRAFT,), STAY, P.APPLICATION_CONFIRM, N_("Yes, this is right"), N_("You confirmed it"),
             guards=(word.entered_by_the_office, ask.everything_answered, word.as_it_was_read),
             effect=answerable.confirmed, command="confirm_entry"),
        Step("record_confirmation", (S.DRAFT,), STAY, P.CASE_ASSIST_CONFIRM, N_("Record that they confirmed it"),
             N_("You confirmed it to the office"),
             guards=(word.entered_by_the_office, ask.everything_answered, word.as_it_was_read, word.whose_word_is_named),
             effect=answerable.confirmed, command="record_confirmation"),
        # In whose hands the case is; none of these moves it.
        Step("claim", OPEN, STAY, P.CASE_CUSTODY, N_("Take this case"), "", guards=(may.nobody_has_it,), effect=custody.claim),
        Step("put_back", OPEN, STAY, P.CASE_CUSTODY, N_("Put back in the pool"), "", guards=(may.somebody_has_it,),
             effect=custody.put_back, reason=Reason.OPTIONAL),
        Step("move_to_pool", OPEN, STAY, P.CASE_POOL, N_("Put in another pool"), "",
             guards=(may.given_away_by_its_own_person, may.pool_is_another), effect=custody.move_to_pool,
             command="choose_pool", reason=Reason.OPTIONAL),
        Step("hand_over", OPEN, STAY, P.CASE_CUSTODY, N_("Give to a colleague"), "", guards=(may.colleague_can_take_it,),
             effect=custody.hand_over, command="hand_over", reason=Reason.OPTIONAL,
             event=Event.CASE_HANDED_OVER, tells=(the_new_coordinator,)),
        Step("hold", OPEN, STAY, P.CASE_CUSTODY, N_("Put on hold"), "", guards=(may.not_on_hold, may.wakes_later),
             effect=custody.hold, command="hold", reason=Reason.REQUIRED),
        Step("wake", OPEN, STAY, P.CASE_CUSTODY, N_("Take off hold"), "", guards=(may.on_hold,), effect=custody.wake,
             event=Event.CASE_WOKEN, tells=(the_new_coordinator,)),
        Step("escalate", OPEN, STAY, P.SYSTEM_ACT, N_("Report as late"), "", guards=(may.not_on_hold,),
             effect=custody.escalate, event=Event.CASE_ESCALATED, tells=(coordinators, directors)),
    ),
)  # fmt: skip

R = RequestState

INFORMATION_REQUEST = Workflow(
    name="information_request",
    title=N_("Information request"),
    about=N_("One thing the office asks an applicant for. Only that item reopens."),
    states=R,
    initial=R.OPEN,
    final=frozenset({R.ANSWERED, R.CANCELLED}),
    words={
        R.OPEN: StateWords(N_("Waiting for an answer"), N_("We need this from you.")),
        R.ANSWERED: StateWords(N_("Answered"), N_("You answered this.")),
        R.CANCELLED: StateWords(N_("Taken back"), N_("We no longer need this.")),
    },
    steps=(
        Step("open", START, R.OPEN, P.SYSTEM_ACT, N_("Ask"), N_("We asked you for something")),
        Step(
            "answer", (R.OPEN,), R.ANSWERED, P.APPLICATION_EDIT, N_("Send answer"), N_("You answered"),
            guards=(ask.answer_is_given,), effect=do.answer_request, command="answer_request",
        ),
        Step("cancel", (R.OPEN,), R.CANCELLED, P.SYSTEM_ACT, N_("Take back"), N_("We no longer need this")),
        Step(
            "extend", (R.OPEN,), STAY, P.APPLICATION_SCREEN, N_("Give more time"), N_("You have more time to answer"),
            guards=(time.due_day_is_later, time.reason_is_allowed), effect=more_time.request_extended,
            reason=Reason.REQUIRED, command="extend_request",
            event=Event.INFORMATION_EXTENDED, tells=(applicants,),
        ),
        Step(
            "take_back", (R.OPEN,), R.CANCELLED, P.APPLICATION_SCREEN, N_("Take the request back"),
            N_("We no longer need this"), guards=(time.reason_is_allowed,), effect=more_time.request_taken_back,
            reason=Reason.REQUIRED, command="take_back_request",
            event=Event.INFORMATION_TAKEN_BACK, tells=(applicants,),
        ),
    ),
)  # fmt: skip

D = DecisionState

DECISION = Workflow(
    name="decision",
    title=N_("Decision"),
    about=N_("Drafted by one person, released by another."),
    states=D,
    initial=D.DRAFTED,
    final=frozenset({D.RELEASED, D.RETURNED}),
    words={
        D.DRAFTED: StateWords(N_("Drafted"), N_("In preparation")),
        D.RELEASED: StateWords(N_("Released"), N_("Released")),
        D.RETURNED: StateWords(N_("Returned"), N_("In preparation")),
    },
    steps=(
        Step("draft", START, D.DRAFTED, P.SYSTEM_ACT, N_("Draft"), ""),
        Step("release", (D.DRAFTED,), D.RELEASED, P.SYSTEM_ACT, N_("Release"), N_("Decision released"),
             effect=do.record_release),
        Step("return_draft", (D.DRAFTED,), D.RETURNED, P.SYSTEM_ACT, N_("Return"), ""),
    ),
)  # fmt: skip
