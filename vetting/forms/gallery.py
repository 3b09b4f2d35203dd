"""Example form for the page that shows every component; it is never stored."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    FileField,
    Form,
    IntegerField,
    MultipleFileField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget


class ExampleForm(Form):
    """One field of each kind a page may use."""

    legal_name = StringField(
        _l("Legal name of the organization"),
        [InputRequired(_l("Enter the legal name of the organization"))],
        description=_l("As it is written on the tax form."),
        render_kw={"autocomplete": "organization"},
    )
    email = EmailField(
        _l("E-mail address"), [InputRequired(_l("Enter an e-mail address"))], render_kw={"autocomplete": "email"}
    )
    password = PasswordField(
        _l("Password"), [InputRequired(_l("Enter a password"))], render_kw={"autocomplete": "new-password"}
    )
    summary = TextAreaField(
        _l("What the program does"),
        [InputRequired(_l("Say what the program does"))],
        description=_l("Two or three sentences a family would understand."),
    )
    students = IntegerField(_l("How many students take part"), [InputRequired(_l("Enter a number of students"))])
    amount = DecimalField(_l("Amount for the year"), [Optional()])
    starts = DateField(_l("First day of services"), [InputRequired(_l("Enter the first day of services"))])
    kind = RadioField(
        _l("Where services take place"),
        [InputRequired(_l("Choose where services take place"))],
        choices=[
            SelectChoice("school", _l("At a school")),
            SelectChoice("site", _l("At our own site")),
            SelectChoice("both", _l("Both")),
        ],
        default="",
    )
    grades = SelectMultipleField(
        _l("Grades served"),
        [InputRequired(_l("Choose at least one range of grades"))],
        description=_l("Choose all that apply."),
        choices=[
            SelectChoice("k2", _l("K to 2")),
            SelectChoice("35", _l("3 to 5")),
            SelectChoice("68", _l("6 to 8")),
            SelectChoice("912", _l("9 to 12")),
        ],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    category = SelectField(
        _l("Service category"),
        [InputRequired(_l("Choose a service category"))],
        choices=[
            SelectChoice("", _l("Choose one")),
            SelectChoice("arts", _l("Arts")),
            SelectChoice("stem", _l("STEM")),
        ],
    )
    certificate = FileField(
        _l("Certificate of insurance"), [Optional()], description=_l("The city must be named as additional insured.")
    )
    papers = MultipleFileField(_l("Other papers"), [Optional()])
    agree = BooleanField(
        _l("I am allowed to sign for this organization"), [InputRequired(_l("Confirm that you are allowed to sign"))]
    )

    def validate_summary(self, field: TextAreaField) -> None:
        """Refuse text longer than the example's limit of 200 characters."""
        if len(field.data or "") > 200:
            raise ValidationError(_l("Shorten this to 200 characters or fewer"))


def example_forms() -> dict[str, ExampleForm]:
    """The form as first seen (`blank`) and after a submission with mistakes (`mistaken`)."""
    blank = ExampleForm(prefix="blank-")
    mistaken = ExampleForm(prefix="mistaken-", data={"email": "dana@harborstrings.example", "kind": "site"})
    mistaken.validate()
    return {"blank": blank, "mistaken": mistaken}
