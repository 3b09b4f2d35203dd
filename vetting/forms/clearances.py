"""The list of cleared people: several rows at a time, a new check of one person, and the words that answer for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, StringField
from wtforms import Form as PlainForm
from wtforms.validators import ValidationError

from vetting import clock
from vetting.data.clearance_statement import digest_of, next_due
from vetting.data.evidence_types import Asked
from vetting.forms.base import BaseForm, no_hidden_characters, one_line
from vetting.forms.evidence import READERS
from vetting.forms.question_fields import DateTextField
from vetting.text import N_

ROWS, MOST_ROWS = 5, 40
LIMIT = 120

NOT_FOR_THE_LIST = re.compile(
    r"\b(?:not|never|un)\W*(?:yet\W+)?(?:cleared|eligible|approved|suitable)\b"
    r"|\b(?:ineligible|unsuitable|denied|failed|rejected|flagged|pending|convict\w*|arrest\w*|charge[ds]?)\b"
    r"|\b(?:record found|offens\w*)\b",
    re.IGNORECASE,
)
"""Words about somebody who is not cleared, or about what a check found."""

ONLY_CLEARED = N_("This list is for cleared people only. Leave everybody else out, and what a check found.")


@dataclass(frozen=True)
class Row:
    """One person as typed: local days."""

    name: str
    role: str
    checked_by: str
    checked_on: date
    next_due_on: date


class PersonRow(PlainForm):
    """One row. An empty one is left out."""

    name = StringField(_l("Name"), filters=[one_line], render_kw={"autocomplete": "off", "maxlength": str(LIMIT)})
    role = StringField(_l("Role"), filters=[one_line], render_kw={"autocomplete": "off", "maxlength": str(LIMIT)})
    checked_by = StringField(
        _l("Checked by"), filters=[one_line], render_kw={"autocomplete": "off", "maxlength": str(LIMIT)}
    )
    checked_on = DateTextField(_l("Day of the check"))


class PeopleForm(BaseForm):
    """Several people at a time, with one statement for all of them."""

    people = FieldList(FormField(PersonRow), max_entries=MOST_ROWS)
    agree = BooleanField(_l("I say this for the organization"))

    def __init__(self) -> None:
        super().__init__()
        while len(self.people) < ROWS:
            self.people.append_entry()

    def more(self) -> None:
        """Five more rows, as long as there is room."""
        for _number in range(ROWS):
            if len(self.people) < MOST_ROWS:
                self.people.append_entry()

    def read(self, listed: set[tuple[str, str]]) -> list[Row] | None:
        """The people to list, or None with a sentence beside whatever is wrong. ``listed``: names with roles that are
        on the list already, in small letters."""
        good = self.validate()
        rows = []
        seen = set(listed)
        for entry in self.people:
            row = entry.form
            if not any((field.data or "").strip() for field in row):
                continue
            found = read_row(row, seen)
            good = good and found is not None
            if found is not None:
                rows.append(found)
                seen.add((found.name.casefold(), found.role.casefold()))
        if not rows and good:
            self.people[0].form.name.errors = [_("Enter at least one person")]
            good = False
        if not self.agree.data:
            self.agree.errors = [_("Read the statement and check the box")]
            good = False
        return rows if good else None


class NewCheckForm(BaseForm):
    """A new check of a person who is on the list."""

    checked_by = StringField(
        _l("Checked by"), filters=[one_line], render_kw={"autocomplete": "off", "maxlength": str(LIMIT)}
    )
    checked_on = DateTextField(_l("Day of the check"))
    agree = BooleanField(_l("I say this for the organization"))

    def read(self, name: str, role: str) -> Row | None:
        """The new check, or None with a sentence beside whatever is wrong."""
        good = self.validate()
        days = _check(self)
        if not self.agree.data:
            self.agree.errors = [_("Read the statement and check the box")]
            good = False
        return Row(name, role, str(self.checked_by.data), *days) if good and days is not None else None


def read_row(row: Any, seen: set[tuple[str, str]]) -> Row | None:
    """One row that is not empty."""
    good = True
    for field, words in ((row.name, _("Enter the name")), (row.role, _("Enter the role"))):
        good = _plain(field, words) and good
    days = _check(row)
    if not good or days is None:
        return None
    if (row.name.data.casefold(), row.role.data.casefold()) in seen:
        row.name.errors = [_("This person is on the list already. Record a new check there")]
        return None
    return Row(row.name.data, row.role.data, row.checked_by.data, *days)


def _check(row: Any) -> tuple[date, date] | None:
    good = _plain(row.checked_by, _("Enter who checked"))
    if not (row.checked_on.data or "").strip():
        row.checked_on.errors = [_("Enter the day of the check")]
        return None
    try:
        day: date = READERS[Asked.ISSUED_ON](Asked.ISSUED_ON, row.checked_on)
    except ValidationError as error:
        row.checked_on.errors = [str(error)]
        return None
    due = next_due(day)
    if day > clock.today():
        row.checked_on.errors = [_("The day of the check is not here yet")]
        return None
    if due < clock.today():
        row.checked_on.errors = [_("This check is too old. List the person again after a new one")]
        return None
    return (day, due) if good else None


def _plain(field: Any, missing: str) -> bool:
    text = field.data or ""
    if not text:
        field.errors = [missing]
        return False
    if len(text) > LIMIT:
        field.errors = [_("Shorten this to %(max)s characters or fewer", max=LIMIT)]
        return False
    try:
        no_hidden_characters(None, field)
    except ValidationError as error:
        field.errors = [str(error)]
        return False
    if NOT_FOR_THE_LIST.search(text):
        field.errors = [_(ONLY_CLEARED)]
        return False
    return True


def statement_of(row: Row) -> str:
    """SHA-256 over the statement and what it was made about."""
    return digest_of(row.name, row.role, row.checked_by, row.checked_on, row.next_due_on)
