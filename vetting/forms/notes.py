"""Forms of the case desk: notes, messages, flags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from vetting import clock
from vetting.forms.applicant import allowed_content
from vetting.forms.base import BaseForm, one_line
from vetting.forms.fields import PEOPLE_LISTED, Listed
from vetting.models import NoteKind

LONG = 4000
FLAG = 1000
TOO_LONG = _l("Shorten this to %(max)d characters or fewer")
HAPPENED = frozenset({NoteKind.CALL, NoteKind.VISIT, NoteKind.MEETING})
"""Kinds of notes about something that took place on a day."""


class NoteForm(BaseForm):
    """A comment, or the record of a call, a visit or a meeting. It stays in the office."""

    kind = RadioField(
        _l("What is it?"),
        [InputRequired(_l("Choose what it is"))],
        choices=[
            SelectChoice(NoteKind.COMMENT.value, _l("Comment")),
            SelectChoice(NoteKind.CALL.value, _l("Call")),
            SelectChoice(NoteKind.VISIT.value, _l("Visit")),
            SelectChoice(NoteKind.MEETING.value, _l("Meeting")),
        ],
        default=NoteKind.COMMENT.value,
    )
    happened_on = DateField(_l("On which day?"), [Optional()], description=_l("For a call, a visit or a meeting."))
    with_whom = StringField(
        _l("With whom?"),
        [Optional(), Length(max=200, message=TOO_LONG), allowed_content],
        filters=[one_line],
        description=_l("For a call, a visit or a meeting. Adults only."),
    )
    body = TextAreaField(
        _l("Note"),
        [DataRequired(_l("Write what you want to say")), Length(max=LONG, message=TOO_LONG), allowed_content],
        description=_l(
            "Never write the name of a student. A note may be released under public records law, and its text cannot "
            "be changed later."
        ),
    )
    nameless = BooleanField(
        _l("No names in it: reviewers may read this comment"),
        description=_l("This round hides from its reviewers who applied. Without the mark they do not see it."),
    )
    reply_to = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def for_reader(self, *, marks: bool) -> None:
        """Ask about names only where reviewers must not read any, and only those who know them."""
        if not marks:
            del self.nameless

    def happened(self) -> bool:
        """Whether it is about something that took place on a day."""
        return str(self.kind.data) in HAPPENED

    def validate_happened_on(self, field: DateField) -> None:
        if not self.happened():
            return
        if field.data is not None and field.data > clock.today():
            raise ValidationError(_("Give a day that is not after today"))

    def validate(self, extra_validators: Any = None) -> bool:
        good = super().validate(extra_validators)
        if self.happened() and self.happened_on.data is None and not self.happened_on.errors:
            self.happened_on.errors = [_("Give the day on which it took place")]
            good = False
        if self.happened() and not self.with_whom.data and not self.with_whom.errors:
            self.with_whom.errors = [_("Say with whom it was")]
            good = False
        return good


class MessageForm(BaseForm):
    """Words that go to the other side."""

    body = TextAreaField(
        _l("Message"),
        [DataRequired(_l("Write what you want to say")), Length(max=LONG, message=TOO_LONG), allowed_content],
        description=_l("Never write the name of a student. A message that was sent cannot be taken back."),
    )
    reply_to = IntegerField(widget=HiddenInput(), validators=[Optional()])


class TakeBackForm(BaseForm):
    """Why a note is taken back."""

    reason = TextAreaField(
        _l("Why do you take it back?"),
        [DataRequired(_l("Give a reason")), Length(max=FLAG, message=TOO_LONG), allowed_content],
    )


def _owner() -> SelectField:
    return SelectField(
        _l("Who settles it?"),
        [InputRequired(_l("Choose a person")), PEOPLE_LISTED],
        choices=[],
        validate_choice=False,
        default="",
    )


class _OwnerForm(BaseForm):
    # Each form names the field itself, where it stands on the page, so that mistakes are listed in that order.
    owner: SelectField

    def offer_people(self, people: Sequence[tuple[str, str]]) -> None:
        """Set who can be chosen: reference and name."""
        self.owner.choices = [SelectChoice("", _("Choose one")), *(SelectChoice(key, name) for key, name in people)]


class FlagForm(_OwnerForm):
    """Something about the case that a named person has to settle."""

    reason = TextAreaField(
        _l("What has to be settled?"),
        [DataRequired(_l("Say what has to be settled")), Length(max=FLAG, message=TOO_LONG), allowed_content],
        description=_l("Never write the name of a student."),
    )
    section = SelectField(
        _l("Which part of the application?"),
        [Optional(), Listed(_l("Choose one of the parts in the list"))],
        choices=[],
        validate_choice=False,
        default="",
    )
    owner = _owner()

    def offer_sections(self, sections: Sequence[tuple[str, str]]) -> None:
        """Set the parts of the form: key and title."""
        self.section.choices = [
            SelectChoice("", _("The whole application")),
            *(SelectChoice(key, title) for key, title in sections),
        ]


class HandFlagForm(_OwnerForm):
    """Give a flag to somebody else."""

    owner = _owner()


class SettleForm(BaseForm):
    """How a flag was settled, or why it is raised again."""

    reason = TextAreaField(
        _l("How was it settled?"),
        [DataRequired(_l("Give a reason")), Length(max=FLAG, message=TOO_LONG), allowed_content],
        description=_l("Never write the name of a student."),
    )
