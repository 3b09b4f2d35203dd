"""A field for each kind of answer: what the browser is told about it, and how its choices are laid out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import CheckboxInput, DateInput, ListWidget

from vetting.questionnaires.form import Kind, Question

RADIO_LIMIT = 8


class Needed:
    """Marks a field as one that must be filled in; whether it is, the section decides."""

    field_flags = {"required": True}  # noqa: RUF012 - the name and shape WTForms reads

    def __call__(self, form: Any, field: Field) -> None:
        """Every saved section is complete or says itself what is missing."""


Rules = list[Needed]


def _plain(cls: type[Field], **options: str) -> Callable[[Question, str, Rules], Any]:
    def build(question: Question, hint: str, rules: Rules) -> Any:
        more = dict(options)
        if question.max_length is not None and question.kind is not Kind.LONGTEXT:
            more["maxlength"] = str(question.max_length)
        return cls(_(question.label), rules, description=hint, render_kw=more)

    return build


class DateTextField(StringField):
    """A date as text, so that what cannot be read stays on the page."""

    widget = DateInput()


def _choice(question: Question, hint: str, rules: Rules) -> Any:
    few = len(question.choices) <= RADIO_LIMIT
    items = [
        SelectChoice(c.key, _(c.name), optgroup=_(c.group) if c.group and not few else None) for c in question.choices
    ]
    if few:
        return RadioField(_(question.label), rules, description=hint, choices=items, validate_choice=False)
    items.insert(0, SelectChoice("", _("Choose one")))
    return SelectField(_(question.label), rules, description=hint, choices=items, validate_choice=False)


def _several(question: Question, hint: str, rules: Rules) -> Any:
    about = " ".join(part for part in (hint, _("Choose all that apply.")) if part)
    return SelectMultipleField(
        _(question.label),
        rules,
        description=about,
        choices=[SelectChoice(c.key, _(c.name)) for c in question.choices],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


def _yesno(question: Question, hint: str, rules: Rules) -> Any:
    choices = [SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))]
    return RadioField(_(question.label), rules, description=hint, choices=choices, validate_choice=False)


def _agree(question: Question, hint: str, rules: Rules) -> Any:
    return BooleanField(_(question.label), rules, description=hint)


BUILDERS: Mapping[Kind, Callable[[Question, str, Rules], Any]] = {
    Kind.TEXT: _plain(StringField),
    Kind.LONGTEXT: _plain(TextAreaField),
    Kind.CHOICE: _choice,
    Kind.CHOICES: _several,
    Kind.NUMBER: _plain(StringField, inputmode="numeric", autocomplete="off"),
    Kind.YEAR: _plain(StringField, inputmode="numeric", autocomplete="off"),
    Kind.DATE: _plain(DateTextField),
    Kind.YESNO: _yesno,
    Kind.ACKNOWLEDGE: _agree,
    Kind.EMAIL: _plain(EmailField, autocomplete="off", spellcheck="false"),
    Kind.PHONE: _plain(TelField, autocomplete="off"),
    Kind.URL: _plain(StringField, inputmode="url", spellcheck="false"),
    Kind.MONEY: _plain(StringField, inputmode="decimal", autocomplete="off"),
    Kind.EIN: _plain(StringField),
}
