"""Forms of partnerships and scope-of-service agreements: what is typed becomes a frozen command, and back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional

from vetting.forms.base import BaseForm
from vetting.forms.fields import LINE, PARAGRAPHS, DayField, limit, options
from vetting.workflows.commands import EndOn, GiveConsent


class ProposeForm(BaseForm):
    """A school's wish to work with a program."""

    school = SelectField(_l("School"), [InputRequired(_l("Choose a school"))])
    school_year = RadioField(_l("School year"), [InputRequired(_l("Choose a school year"))])
    note = TextAreaField(
        _l("What do you have in mind?"),
        [Optional(), limit(1000)],
        description=_l("The partner reads this. Please do not name students."),
    )


class BeginForm(BaseForm):
    """What an agreement is about, so that the kind that applies is chosen."""

    activity = RadioField(
        _l("What is agreed?"),
        [InputRequired(_l("Choose what is agreed"))],
        choices=options(
            (
                ("service", _l("The partner gives a service at the school")),
                ("space", _l("The partner uses rooms of the school, and gives no service of the school's")),
            )
        ),
    )
    paid = RadioField(
        _l("Does anybody in the district pay for it?"),
        [InputRequired(_l("Choose yes or no"))],
        choices=options((("yes", _l("Yes")), ("no", _l("No")))),
    )
    terms = RadioField(
        _l("Can both sides sign the clauses as they are?"),
        [InputRequired(_l("Choose one"))],
        choices=options(
            (
                ("fixed", _l("Yes, as they are")),
                ("negotiated", _l("No, some clauses have to change. Both sides work on them first.")),
            )
        ),
    )


class EndForm(BaseForm):
    """An end before the term is over."""

    last_day = DayField(_l("Last day of service"), [InputRequired(_l("Choose the last day of service"))])
    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Give a reason")), limit(1000)])

    def command(self) -> EndOn:
        if self.last_day.data is None:
            raise ValueError("the form is read once it is valid")
        return EndOn(self.last_day.data)


class RemarkForm(BaseForm):
    """A comment on a part of the text, or other words for it."""

    part = SelectField(_l("Which part?"), [InputRequired(_l("Choose the part"))], validate_choice=False)
    body = TextAreaField(_l("Comment"), [Optional(), limit(2000)])
    proposed = TextAreaField(
        _l("Other words for this part"),
        [Optional(), limit(PARAGRAPHS)],
        description=_l("Only if you propose other words. Write the whole part as it should stand."),
    )


class ConsentForm(BaseForm):
    """Consent to do business electronically. Never ticked beforehand."""

    text_version = HiddenField()
    text_sha256 = HiddenField()
    opened = BooleanField(
        _l("I could open this PDF"),
        [InputRequired(_l("Open the PDF, then tick the box. If it does not open, ask for paper."))],
    )
    agree = BooleanField(
        _l("I agree to sign and to get this agreement electronically"),
        [InputRequired(_l("Tick the box if you agree. If you do not, ask for paper."))],
    )

    def command(self, opened_copy: str) -> GiveConsent:
        """``opened_copy`` is the SHA-256 of the PDF that was there to open; empty where there was none."""
        return GiveConsent(
            text_version=self.text_version.data or "",
            text_sha256=self.text_sha256.data or "",
            opened_copy=opened_copy,
        )


class SignForm(BaseForm):
    """The signature itself."""

    content_sha256 = HiddenField()
    title = StringField(
        _l("Your title"),
        [DataRequired(_l("Enter your title")), limit(LINE)],
        description=_l("Such as principal or director."),
    )
    authority = BooleanField(
        _l("I am allowed to sign for this side"),
        [InputRequired(_l("Tick the box if you may sign for this side. If not, decline and say who may."))],
    )
    typed_name = StringField(
        _l("Type your full name to sign"),
        [DataRequired(_l("Type your full name")), limit(LINE)],
        render_kw={"autocomplete": "name"},
    )


class ReasonForm(BaseForm):
    """A step that asks why."""

    reason = TextAreaField(_l("Reason"), [DataRequired(_l("Give a reason")), limit(1000)])
