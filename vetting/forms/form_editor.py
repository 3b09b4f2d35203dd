"""What staff type about a form: its sections, questions, conditions, checks and texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    FileField,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from vetting.data.evidence_types import EvidenceTypes
from vetting.data.reading import Provenance
from vetting.data.vocabulary import word_lists
from vetting.forms.base import BaseForm, one_line
from vetting.forms.fields import CountField, MoneyField, Row, limit, money_text, options
from vetting.forms.question_fields import Needed
from vetting.questionnaires.editing import QuestionFields, SectionFields
from vetting.questionnaires.form import Comparison, Form, Kind, Need, Question, Section
from vetting.questionnaires.loading import CHOOSING, COUNTING, MAX_LENGTH, SECONDS

KIND_WORDS: Mapping[Kind, tuple[Any, Any]] = {
    Kind.TEXT: (_l("Short text"), _l("One line, such as a name.")),
    Kind.LONGTEXT: (_l("Long text"), _l("A few sentences or paragraphs.")),
    Kind.CHOICE: (_l("One choice"), _l("One answer from a list.")),
    Kind.CHOICES: (_l("Several choices"), _l("Any number of answers from a list.")),
    Kind.YESNO: (_l("Yes or no"), ""),
    Kind.NUMBER: (_l("Whole number"), _l("Such as how many students.")),
    Kind.YEAR: (_l("Year"), ""),
    Kind.DATE: (_l("Date"), ""),
    Kind.MONEY: (_l("Amount in dollars"), ""),
    Kind.ACKNOWLEDGE: (_l("Promise"), _l("A box that must be checked.")),
    Kind.EMAIL: (_l("Email address"), ""),
    Kind.PHONE: (_l("Phone number"), ""),
    Kind.URL: (_l("Web address"), ""),
    Kind.EIN: (_l("Tax ID (EIN)"), _l("Typed twice, kept sealed, shown only in part.")),
}
"""What each kind of answer is called, and what it is for."""

NEED_WORDS: Mapping[Need, Any] = {
    Need.REQUIRED: _l("Always"),
    Need.IF_APPLIES: _l("If it applies, by the answers"),
    Need.OPTIONAL: _l("If they wish"),
}
COMPARISON_WORDS: Mapping[Comparison, Any] = {
    Comparison.NOT_BEFORE: _l("is not before"),
    Comparison.NOT_MORE: _l("is not more than"),
}
PROVENANCE_WORDS: Mapping[Provenance, Any] = {
    Provenance.DISTRICT: _l("The district's own"),
    Provenance.EXAMPLE: _l("An example set, not the district's"),
}

DOCUMENT = "document_"
SPARE_CHOICES = 4
MOST_CHOICES = 100
TITLE, LABEL, HELP = 160, 300, 1000


def _boxes(label: Any, **more: Any) -> SelectMultipleField:
    return SelectMultipleField(
        label, choices=[], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), **more
    )


class AboutForm(BaseForm):
    """What the form says of itself."""

    title = StringField(_l("Title"), [DataRequired(_l("Enter a title")), limit(TITLE)], filters=[one_line])
    provenance = RadioField(
        _l("Whose questions are these?"),
        [InputRequired(_l("Choose whose questions these are"))],
        choices=options((item.value, words) for item, words in PROVENANCE_WORDS.items()),
    )
    note = TextAreaField(
        _l("Where they come from"),
        [DataRequired(_l("Say where the questions come from")), limit(HELP)],
        description=_l("Applicants can read this."),
    )


class EditSectionForm(BaseForm):
    """A section: its words, what comes before it, and which documents it asks for."""

    title = StringField(_l("Title"), [DataRequired(_l("Enter a title")), limit(TITLE)], filters=[one_line])
    help = TextAreaField(_l("Help"), [Optional(), limit(HELP)], description=_l("Stands above the questions."))
    per_program = BooleanField(
        _l("Each program answers this for itself"),
        description=_l("Otherwise the organization answers it once."),
    )
    after = _boxes(
        _l("Cannot start before these sections are complete"),
        description=_l("Only sections that stand above this one."),
    )

    def fields(self) -> SectionFields:
        """What was typed."""
        asked = tuple(
            (name.removeprefix(DOCUMENT), Need(field.data))
            for name, field in self._fields.items()
            if name.startswith(DOCUMENT) and field.data
        )
        return SectionFields(
            self.title.data or "",
            self.help.data or "",
            bool(self.per_program.data),
            tuple(self.after.data or ()),
            asked,
        )


def section_edit_form(form: Form, section: Section | None, types: EvidenceTypes) -> EditSectionForm:
    """The form for a section, or for a new one. Documents it asks for now come first, in their order."""
    known = {need.type: need.need.value for need in section.documents} if section else {}
    fields: dict[str, Any] = {}
    for kind in [*known, *(key for key in types.documents if key not in known)]:
        conditional = types.documents[kind].required_if is not None
        words = [
            (need.value, label) for need, label in NEED_WORDS.items() if conditional or need is not Need.IF_APPLIES
        ]
        # A need that fits no longer is shown, so that saving the page does not change it unseen.
        if known.get(kind) == Need.IF_APPLIES and not conditional:
            words.append((Need.IF_APPLIES.value, NEED_WORDS[Need.IF_APPLIES]))
        label = _(types.documents[kind].name)
        fields[DOCUMENT + kind] = SelectField(label, [Needed()], choices=options([("", _l("Not asked")), *words]))
    data: dict[str, Any] = {DOCUMENT + kind: need for kind, need in known.items()}
    if section is not None:
        data |= {"title": section.title, "help": section.help, "per_program": section.per_program}
        data["after"] = list(section.after)
    built: EditSectionForm = type("BuiltEditSectionForm", (EditSectionForm,), fields)(data=data)
    above = []
    for other in form.sections:
        if section is not None and other.key == section.key:
            break
        above.append((other.key, other.title))
    built.after.choices = options(above)
    return built


class ChoiceRow(Row):
    """One answer of a list. The key stays while its words change."""

    key = HiddenField()
    name = StringField(_l("Answer"), [Optional(), limit(TITLE)], filters=[one_line])


class EditQuestionForm(BaseForm):
    """What every question has. Fields that fit only some kinds of answer are added by `question_edit_form`."""

    label = StringField(_l("Question"), [DataRequired(_l("Enter the question")), limit(LABEL)], filters=[one_line])
    help = TextAreaField(_l("Help"), [Optional(), limit(HELP)], description=_l("Stands under the question."))
    section = SelectField(_l("Section"), [Needed()], choices=[])
    public = BooleanField(_l("The answer is shown to the public"), description=_l("In the directory, once approved."))
    identifies = BooleanField(
        _l("The answer says who applies"), description=_l("Reviewers of a blind round are not shown it.")
    )
    informs = StringField(
        _l("Standards it informs"),
        [Optional(), limit(LABEL)],
        filters=[one_line],
        description=_l("Keys of indicators with a comma between them, such as O1.1, P2.3."),
    )
    minutes = CountField(
        _l("Minutes it takes to answer"),
        [Optional(), NumberRange(1, 240, _l("Enter a number from 1 to 240, or leave it empty"))],
    )

    def fields(self, kind: Kind) -> QuestionFields:
        """What was typed, for a question of this kind."""
        given = dict(self._fields)
        money = kind is Kind.MONEY
        low, high = given.get("minimum"), given.get("maximum")
        return QuestionFields(
            label=self.label.data or "",
            kind=kind,
            help=self.help.data or "",
            required=bool(given["required"].data) if "required" in given else True,
            max_length=given["max_length"].data if "max_length" in given else None,
            minimum=_bound(low, money) if low else None,
            maximum=_bound(high, money) if high else None,
            options=self._options(given),
            options_from=given["options_from"].data if "options_from" in given else "",
            max_choices=given["max_choices"].data if "max_choices" in given else None,
            minutes=self.minutes.data,
            informs=tuple(dict.fromkeys(key.strip() for key in (self.informs.data or "").split(",") if key.strip())),
            public=bool(self.public.data),
            identifies=bool(self.identifies.data),
        )

    @staticmethod
    def _options(given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        rows = given["choices"].entries if "choices" in given else ()
        return tuple((row.form.key.data or "", row.form.name.data) for row in rows if row.form.name.data)


def _bound(field: Any, money: bool) -> int | None:
    if money:
        return field.cents if field.data else None
    number: int | None = field.data
    return number


def question_edit_form(
    form: Form, section: Section, question: Question | None, kind: Kind, indicators: Iterable[str]
) -> EditQuestionForm:
    """The form for a question of a kind, or for a new one, with the fields that fit the kind."""
    fields: dict[str, Any] = {}
    if kind is not Kind.ACKNOWLEDGE:
        fields["required"] = BooleanField(_l("It must be answered"))
    if kind in MAX_LENGTH:
        fields["max_length"] = _count(_l("Most characters"), 1, 20_000)
    if kind in COUNTING:
        pair = (_l("Smallest answer"), _l("Largest answer"))
        made = [MoneyField(label, [Optional()]) if kind is Kind.MONEY else _count(label, 0, 10**12) for label in pair]
        fields["minimum"], fields["maximum"] = made
    if kind in CHOOSING:
        lists = [(key, key.replace("_", " ").capitalize()) for key in sorted(word_lists())]
        fields["options_from"] = SelectField(
            _l("Where the answers come from"), [Needed()], choices=options([("", _l("The list below")), *lists])
        )
        fields["choices"] = FieldList(
            FormField(ChoiceRow),
            _l("Answers"),
            max_entries=MOST_CHOICES,
            description=_l("Empty lines are left out. Emptying a line takes the answer away."),
        )
    if kind is Kind.CHOICES:
        fields["max_choices"] = _count(_l("Most answers a person may choose"), 1, MOST_CHOICES)
    fields["validate_informs"] = _known(frozenset(indicators))
    data = {"required": True, "max_length": MAX_LENGTH.get(kind), "section": section.key}
    built: EditQuestionForm = type("BuiltEditQuestionForm", (EditQuestionForm,), fields)(
        data=data if question is None else question_data(question, section, kind)
    )
    built.section.choices = options((other.key, other.title) for other in form.sections)
    built.minutes.description = _(
        "Left empty, %(seconds)s seconds are counted for this kind of answer.", seconds=SECONDS[kind]
    )
    if kind in CHOOSING and not built.is_submitted():
        for _spare in range(SPARE_CHOICES):
            built["choices"].append_entry()
    return built


def _count(label: Any, low: int, high: int) -> CountField:
    message = _l("Enter a number from %(low)s to %(high)s, or leave it empty", low=f"{low:,}", high=f"{high:,}")
    return CountField(label, [Optional(), NumberRange(low, high, message)])


def _known(indicators: frozenset[str]) -> Any:
    def check(form: EditQuestionForm, field: StringField) -> None:
        unknown = [
            key.strip() for key in (field.data or "").split(",") if key.strip() and key.strip() not in indicators
        ]
        if unknown:
            raise ValidationError(_l("There is no indicator %(key)s", key=unknown[0]))

    return check


def question_data(question: Question, section: Section, kind: Kind) -> dict[str, Any]:
    """A question as the page shows it; what fits another kind of answer only is left out."""
    default = SECONDS[question.kind]
    bounds = {"minimum": question.minimum, "maximum": question.maximum}
    if question.kind is Kind.MONEY:
        shown: dict[str, Any] = {name: money_text(cents) for name, cents in bounds.items()}
    else:
        shown = dict(bounds)
    own = [] if question.choices_from else [{"key": c.key, "name": c.name} for c in question.choices]
    same = question.kind is kind
    return {
        "label": question.label,
        "help": question.help,
        "section": section.key,
        "required": question.required,
        "max_length": question.max_length if same else MAX_LENGTH.get(kind),
        **(shown if same else {}),
        "options_from": question.choices_from,
        "choices": own,
        "max_choices": question.max_choices,
        "minutes": question.seconds // 60 if question.seconds % 60 == 0 and question.seconds != default else None,
        "informs": ", ".join(question.informs),
        "public": question.public,
        "identifies": question.identifies,
    }


class CheckForm(BaseForm):
    """A relation between two answers of one section."""

    question = SelectField(_l("This answer"), [InputRequired(_l("Choose an answer"))], choices=[])
    comparison = RadioField(
        _l("must fit in this way"),
        [InputRequired(_l("Choose how the answers must fit"))],
        choices=options((item.value, words) for item, words in COMPARISON_WORDS.items()),
    )
    other = SelectField(_l("this one"), [InputRequired(_l("Choose the other answer"))], choices=[])
    message = StringField(
        _l("What to say when they do not fit"),
        [DataRequired(_l("Enter what applicants read"))],
        filters=[one_line],
        description=_l("Such as “The last day must not be before the first day”."),
    )


class ConditionForm(BaseForm):
    """When a question is asked: the answers of an earlier one that lead to it."""

    operator = RadioField(
        _l("Ask the question when the answer is"),
        [InputRequired(_l("Choose when the question is asked"))],
        choices=options([("is_any", _l("one of these")), ("is_not", _l("anything but this"))]),
    )
    answers = _boxes(_l("Answers"), validators=[InputRequired(_l("Choose at least one answer"))])

    def condition(self, question: str) -> dict[str, Any]:
        """The condition as a form's file says it."""
        chosen = list(self.answers.data or ())
        if self.operator.data == "is_not":
            return {"question": question, "is_not": chosen[0]}
        return {"question": question, "is": chosen[0]} if len(chosen) == 1 else {"question": question, "is_any": chosen}

    def validate_answers(self, field: SelectMultipleField) -> None:
        """Only one of those that are shut out, because an answer is compared with one word."""
        if self.operator.data == "is_not" and len(field.data or ()) > 1:
            raise ValidationError(_("Choose one answer only, or choose all others with “one of these”"))


class AtLeastForm(BaseForm):
    """When a question is asked: from which number of an earlier answer on."""

    number = CountField(
        _l("Ask the question when the number is at least"),
        [InputRequired(_l("Enter a whole number")), NumberRange(0, 10**12, _l("Enter a whole number"))],
    )

    def condition(self, question: str) -> dict[str, Any]:
        """The condition as a form's file says it."""
        return {"question": question, "at_least": self.number.data}


class UploadVersionForm(BaseForm):
    """A file with a whole version."""

    file = FileField(_l("File of the form"), description=_l("YAML or JSON, as it was downloaded here."))


class UploadTextsForm(BaseForm):
    """A file that came back from a translator."""

    file = FileField(_l("Translated file"), description=_l("A PO file, as it was downloaded here."))
