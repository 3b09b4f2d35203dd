"""Small forms of the applicant: registering, adding a program, starting a Portfolio application, withdrawing."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, ValidationError

from vetting.data.vocabulary import Word, load_vocabulary
from vetting.forms.base import BaseForm, one_line
from vetting.models import Program
from vetting.questionnaires.refused import refused_content

NAME_LIMIT = 160
PROGRAM_LIMIT = 120
REASON_LIMIT = 1000
REPLY_LIMIT = 2000


def allowed_content(form: BaseForm, field: StringField) -> None:
    """Refuse personal numbers, results of checks and student records, and say where they belong."""
    refused = refused_content(field.data or "")
    if refused is not None:
        raise ValidationError(refused.translated(_))


def _program_name() -> StringField:
    return StringField(
        _l("Name of the program"),
        [
            InputRequired(_l("Enter the name of the program")),
            Length(max=PROGRAM_LIMIT, message=_l("Shorten this to %(max)d characters or fewer")),
            allowed_content,
        ],
        description=_l("A program is one ongoing, direct service. You can change the name later."),
        filters=[one_line],
        render_kw={"maxlength": str(PROGRAM_LIMIT), "autocomplete": "off"},
    )


class ProgramNameForm(BaseForm):
    """The name of one more program."""

    program_name = _program_name()


class RegisterForm(BaseForm):
    """The first facts of an organization and its first program."""

    legal_name = StringField(
        _l("Legal name of your organization"),
        [
            InputRequired(_l("Enter the legal name of your organization")),
            Length(max=NAME_LIMIT, message=_l("Shorten this to %(max)d characters or fewer")),
            allowed_content,
        ],
        description=_l("As written on your IRS letter or state papers."),
        filters=[one_line],
        render_kw={"maxlength": str(NAME_LIMIT), "autocomplete": "organization"},
    )
    another = BooleanField(_l("Mine is a different organization"))
    kind = SelectField(_l("What kind of organization is it?"), [InputRequired(_l("Choose the kind of organization"))])
    program_name = _program_name()

    def __init__(self) -> None:
        super().__init__()
        kinds = [SelectChoice(word.key, _(word.name)) for word in load_vocabulary()["organization_kinds"].items]
        self.kind.choices = [SelectChoice("", _("Choose one")), *kinds]


class WithdrawForm(BaseForm):
    """Why an application is withdrawn; the applicant need not say."""

    reason = TextAreaField(
        _l("Why do you withdraw?"),
        [Length(max=REASON_LIMIT, message=_l("Shorten this to %(max)d characters or fewer")), allowed_content],
        description=_l("You do not have to say. It helps us to do better."),
    )


class PortfolioForm(BaseForm):
    """One program in one category of a round."""

    program = RadioField(_l("Which program?"), [InputRequired(_l("Choose a program"))])
    category = RadioField(
        _l("In which category?"),
        [InputRequired(_l("Choose a category"))],
        description=_l("One application for each category. In a divided category a program picks one part."),
    )

    def __init__(self, programs: Iterable[Program], categories: Iterable[Word]) -> None:
        super().__init__()
        self.program.choices = [SelectChoice(program.reference, program.name) for program in programs]
        self.category.choices = [
            SelectChoice(word.key, f"{_(word.group)}: {_(word.name)}" if word.group != word.name else _(word.name))
            for word in categories
        ]


class ReplyForm(BaseForm):
    """Words to the office beside an answer."""

    reply = TextAreaField(
        _l("Anything you want to tell us"),
        [Length(max=REPLY_LIMIT, message=_l("Shorten this to %(max)d characters or fewer")), allowed_content],
        description=_l("Never send information about single students or results of background checks."),
    )
