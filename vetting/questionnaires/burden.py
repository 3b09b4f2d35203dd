"""How long a form takes, and how much longer or shorter a new version makes it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vetting.questionnaires.form import Form, Need
from vetting.questionnaires.loading import DOCUMENT_SECONDS


@dataclass(frozen=True, slots=True)
class Burden:
    """Seconds that a form takes when every question applies: once, and again for each program.

    Documents count unless they are optional. These are estimates per kind of question, not measurements.
    """

    once: int
    each_program: int

    def __sub__(self, other: Burden) -> Burden:
        return Burden(self.once - other.once, self.each_program - other.each_program)

    @property
    def minutes(self) -> int:
        """Whole minutes with one program, rounded up."""
        return whole_minutes(self.once + self.each_program)

    def hours_for(self, applicants: int) -> int:
        """Whole hours for this many applicants with one program each, rounded away from zero."""
        return _away((self.once + self.each_program) * applicants, 3600)


def burden(form: Form) -> Burden:
    """How long the form takes."""
    once = each = 0
    for section in form.sections:
        own = sum(question.seconds for question in section.questions)
        own += DOCUMENT_SECONDS * sum(need.need is not Need.OPTIONAL for need in section.documents)
        once, each = (once, each + own) if section.per_program else (once + own, each)
    return Burden(once, each)


def whole_minutes(seconds: int) -> int:
    """Seconds as whole minutes, rounded away from zero."""
    return _away(seconds, 60)


def _away(amount: int, unit: int) -> int:
    return math.ceil(amount / unit) if amount >= 0 else math.floor(amount / unit)
