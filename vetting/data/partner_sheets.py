"""The sheets of the list in which the office brings its present partners along."""

from __future__ import annotations

import enum


class Sheet(enum.StrEnum):
    """The three sheets of the template, in the order in which they are loaded."""

    PARTNERS = "partners"
    PROGRAMS = "programs"
    PARTNERSHIPS = "partnerships"
