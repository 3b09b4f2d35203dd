"""The fixed words for where a case stands: who acts next, by when, what comes then, and how long it usually takes.

This is the one place they are written. Page, cards, mail, calendar and the status as data all read it here. No word
names a person, a score or a step inside the office, and no case is ever called rejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vetting.text import N_

FEWEST_SIMILAR = 30
"""With fewer closed cases than this the published target is named instead of what history says."""


class Stage(StrEnum):
    """What an applicant may tell apart of the way of a case, and the whole of it."""

    RECEIVED = "received"
    CHECK = "check"
    WITH_YOU = "with_you"
    REVIEW = "review"
    DECISION = "decision"
    SENT = "sent"


STAGES: Mapping[str, Stage] = {
    "submitted": Stage.RECEIVED,
    "screening": Stage.CHECK,
    "information_requested": Stage.WITH_YOU,
    "in_review": Stage.REVIEW,
    # Whether a decision is drafted or was sent back is the office's own business.
    "ready_to_decide": Stage.DECISION,
    "decision_drafted": Stage.DECISION,
}
"""The stage of each state of a case that was sent and is not decided."""


class Who(StrEnum):
    """Who acts next."""

    YOU = "you"
    OFFICE = "office"
    SCHOOL = "school"
    NOBODY = "nobody"


WHO: Mapping[Who, str] = {
    Who.YOU: N_("You act next."),
    Who.OFFICE: N_("The partnerships office acts next."),
    Who.SCHOOL: N_("A school acts next."),
    Who.NOBODY: N_("Nobody has to act."),
}


class Situation(StrEnum):
    """Where a case stands, as its applicant knows it."""

    DRAFT = "draft"
    SIGN_OFF_AWAITED = "sign_off_awaited"
    TO_CONFIRM = "to_confirm"
    RECEIVED = "received"
    CHECKING = "checking"
    ANSWER_NEEDED = "answer_needed"
    ANSWER_LATE = "answer_late"
    IN_REVIEW = "in_review"
    ON_HOLD = "on_hold"
    DECISION_SOON = "decision_soon"
    APPROVED = "approved"
    LISTED = "listed"
    RENEWAL_DUE = "renewal_due"
    ENDED = "ended"
    NOT_SELECTED = "not_selected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Line:
    """A situation in words. Places: ``by`` a day, ``count`` things asked, ``done`` of ``total`` parts.

    ``dated`` is said instead of ``headline`` when the day is known, ``many`` when more than one thing is asked.
    """

    headline: str
    who: Who
    next: str
    dated: str = ""
    many: str = ""


WORDS: Mapping[Situation, Line] = {
    Situation.DRAFT: Line(
        N_("Not sent yet. %(done)s of %(total)s parts are done."),
        Who.YOU,
        N_("Fill in what is left, then send it. You can still change everything."),
        dated=N_("Not sent yet. %(done)s of %(total)s parts are done. Send it by %(by)s."),
    ),
    Situation.SIGN_OFF_AWAITED: Line(
        N_("Not sent yet. It waits for a sign-off in your group."),
        Who.YOU,
        N_("A senior person of your group reads it and signs off. Then you can send it."),
    ),
    Situation.TO_CONFIRM: Line(
        N_("We wrote this down for you. Please confirm it."),
        Who.YOU,
        N_("Read what we wrote, tell us what is wrong, and confirm the rest."),
    ),
    Situation.RECEIVED: Line(
        N_("We have it. Nothing for you to do."),
        Who.OFFICE,
        N_("We check that it is complete. If we need more, we write to you."),
    ),
    Situation.CHECKING: Line(
        N_("We have it and are checking that it is complete. Nothing for you to do."),
        Who.OFFICE,
        N_("If we need more, we write to you. If not, the review begins."),
    ),
    Situation.ANSWER_NEEDED: Line(
        N_("We need something from you."),
        Who.YOU,
        N_("When we have your answer, we go on. Our time begins again then."),
        dated=N_("We need one thing from you by %(by)s."),
        many=N_("We need %(count)s things from you by %(by)s."),
    ),
    Situation.ANSWER_LATE: Line(
        N_("We still need something from you."),
        Who.YOU,
        N_("Answer as soon as you can. If you need more time, write to us."),
        dated=N_("Your answer was due on %(by)s. We still need it."),
        many=N_("Your answers were due on %(by)s. We still need them."),
    ),
    Situation.IN_REVIEW: Line(
        N_("We are reviewing it. Nothing for you to do."),
        Who.OFFICE,
        N_("When the review is done, we decide and write to you."),
    ),
    Situation.ON_HOLD: Line(
        N_("It is on hold with us. Nothing for you to do."),
        Who.OFFICE,
        N_("After the hold we go on where we stopped. If we need more, we write to you."),
        dated=N_("It is on hold with us until %(by)s. Nothing for you to do."),
    ),
    Situation.DECISION_SOON: Line(
        N_("The review is done. We decide soon. Nothing for you to do."),
        Who.OFFICE,
        N_("We write to you as soon as there is a decision."),
    ),
    Situation.APPROVED: Line(
        N_("Approved."),
        Who.NOBODY,
        N_("You are a partner of our schools. We write to you before it ends."),
        dated=N_("Approved until %(by)s."),
    ),
    Situation.LISTED: Line(
        N_("Approved for the Portfolio."),
        Who.SCHOOL,
        N_("Schools can find your program now. A school that wants it writes to you."),
        dated=N_("Approved for the Portfolio until %(by)s."),
    ),
    Situation.RENEWAL_DUE: Line(
        N_("It is time to renew."),
        Who.YOU,
        N_("Renew before that day, so that you stay a partner."),
        dated=N_("Approved until %(by)s. It is time to renew."),
    ),
    Situation.ENDED: Line(
        N_("This approval has ended. You may apply again."),
        Who.NOBODY,
        N_("What you wrote is kept, so you can use it again."),
        dated=N_("Approved until %(by)s. That day is past. You may apply again."),
    ),
    Situation.NOT_SELECTED: Line(
        N_("Not selected this round. You may apply again."),
        Who.NOBODY,
        N_("Our letter says what we looked at. Write to us if you want to talk about it."),
    ),
    Situation.WITHDRAWN: Line(
        N_("You withdrew it. You may apply again."),
        Who.NOBODY,
        N_("We do nothing more with it. What you wrote is kept, so you can use it again."),
    ),
    Situation.EXPIRED: Line(
        N_("It was not sent in time. You may start again."),
        Who.NOBODY,
        N_("What you wrote is kept, so you can use it again."),
    ),
}


CALENDAR: Mapping[Situation, str] = {
    Situation.DRAFT: N_("Not sent yet. Send it by this day: %(name)s"),
    Situation.ANSWER_NEEDED: N_("We need something from you by this day: %(name)s"),
    Situation.APPROVED: N_("Approved until this day: %(name)s"),
    Situation.LISTED: N_("Approved for the Portfolio until this day: %(name)s"),
}
"""Titles of the days in a calendar, which shows the date itself. ``name`` is a reference or a name."""


@dataclass(frozen=True, slots=True)
class Plural:
    """A count in words, for one and for more."""

    one: str
    more: str


BUSINESS_DAYS = Plural(N_("1 business day"), N_("%(count)s business days"))

TIMES: Mapping[str, str] = {
    "usual": N_("Half of cases like yours hear from us within %(half)s, nine in ten within %(nine)s."),
    "usual_half": N_("Half of cases like yours hear from us within %(half)s."),
    "dates": N_("For yours that is by %(half_by)s, or by %(nine_by)s."),
    "dates_half": N_("For yours that is by %(half_by)s."),
    "waited": N_(
        "Yours has waited %(waited)s. Of cases that waited this long, half hear from us by %(half_by)s, "
        "nine in ten by %(nine_by)s."
    ),
    "waited_half": N_("Yours has waited %(waited)s. Of cases that waited this long, half hear from us by %(half_by)s."),
    "waited_only": N_("Yours has waited %(waited)s."),
    "longer": N_(
        "Yours has waited %(waited)s. That is longer than nine in ten. We are sorry. Ask us where it stands: %(help)s"
    ),
    "whole": N_(
        "From the day you sent it to the decision, half take %(half)s and nine in ten take %(nine)s or less. "
        "That counts the days people need to answer us."
    ),
    "source": N_(
        "We know this from %(closed)s past cases like yours and %(open)s that still wait, as of %(day)s. "
        "On a business day our office is open."
    ),
    "target": N_(
        "We aim to decide by %(by)s. That is %(days)s of work for us, counted from the day we had everything from you. "
        "It is our target and not a promise."
    ),
    "target_why": N_("Too few cases like yours are closed to say how long they take. So this is our set target."),
    "overdue": N_("That day is past. We are sorry. Ask us where it stands: %(help)s"),
    "shared": N_("It has been with us %(us)s and with you %(you)s."),
    "with_us": N_("It has been with us %(us)s."),
    "picture": N_("The whole bar is %(nine)s. Half of the cases are done after %(half)s. You are at %(waited)s."),
}
"""How long it takes, in sentences. ``half``, ``nine``, ``waited``, ``us``, ``you`` and ``days`` are counts in words."""
