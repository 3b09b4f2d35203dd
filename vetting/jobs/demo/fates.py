"""How far a case comes: stretches of the way, each with the working days that pass before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vetting.jobs.demo.cases import (
    Case,
    answer_all,
    answer_one,
    ask,
    assign,
    assign_shown,
    assign_with_conflict,
    check_documents,
    declare,
    draft,
    fill,
    fill_some,
    rate,
    rate_some,
    release,
    screen,
    start,
    submit,
    withdraw,
)

Stretch = tuple[Callable[[Case], None], int]

_SENT: tuple[Stretch, ...] = ((start, 0), (fill, 2), (submit, 1))
_SCREENED: tuple[Stretch, ...] = (*_SENT, (screen, 1))
_CHECKED: tuple[Stretch, ...] = (*_SCREENED, (check_documents, 1))
_REVIEWED: tuple[Stretch, ...] = (*_CHECKED, (assign, 1), (declare, 1), (rate, 3))
_DRAFTED: tuple[Stretch, ...] = (*_REVIEWED, (draft, 2))

FATES: dict[str, tuple[Stretch, ...]] = {
    "draft": ((start, 0), (fill_some, 1)),
    "draft_ready": ((start, 0), (fill, 2)),
    "submitted": _SENT,
    "screening": _SCREENED,
    "asked": (*_SCREENED, (ask, 1)),
    "asked_partly": (*_SCREENED, (ask, 1), (answer_one, 2)),
    "replied": (*_SCREENED, (ask, 1), (answer_all, 3)),
    "assigned": (*_CHECKED, (assign_shown, 1)),
    "conflict": (*_CHECKED, (assign_with_conflict, 1)),
    "reviewing": (*_CHECKED, (assign_shown, 1), (declare, 1), (rate_some, 2)),
    "ready": _REVIEWED,
    "drafted": _DRAFTED,
    "approved": (*_DRAFTED, (release, 1)),
    "not_selected": (*_DRAFTED, (release, 1)),
    "withdrawn": (*_SCREENED, (withdraw, 3)),
}

SENDING = frozenset({start, fill, fill_some, submit, screen, withdraw})
"""Stretches that belong to the weeks in which a round is open."""


def began(stretches: Sequence[Stretch], ended: int) -> int:
    """How many days ago a case began whose last stretch was ``ended`` days ago."""
    return ended + sum(days for _, days in stretches)


def play(case: Case, stretches: Sequence[Stretch], ended: int) -> None:
    """Take the case through its stretches, the last one ``ended`` days ago."""
    days_ago = began(stretches, ended)
    for stretch, days in stretches:
        days_ago -= days
        case.pace.until(days_ago)
        stretch(case)
