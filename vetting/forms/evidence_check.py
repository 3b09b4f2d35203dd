"""Looking at a document: what the office reads on it, and why it goes back."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from vetting.data.evidence_types import Asked, EvidenceType
from vetting.forms.base import BaseForm
from vetting.forms.evidence import READERS
from vetting.forms.question_fields import DateTextField
from vetting.forms.questions import named_problem
from vetting.models import DocumentVersion
from vetting.text import dollars
from vetting.workflows.vault_commands import OfficeReading

LONG = 2000
READ = (Asked.VALID_FROM, Asked.VALID_UNTIL, Asked.AMOUNT_PER_OCCURRENCE)
"""What the office may read otherwise than it was typed."""

LABELS = {
    Asked.VALID_FROM: _l("First day it counts"),
    Asked.VALID_UNTIL: _l("Last good day"),
    Asked.AMOUNT_PER_OCCURRENCE: _l("Amount for each occurrence"),
}


class CheckForm(BaseForm):
    """What is on the paper, beginning with what was typed."""

    def asked(self) -> list[Any]:
        """The fields there are, in order."""
        return [self[asked.value] for asked in READ if asked.value in self]


def check_form(kind: EvidenceType, version: DocumentVersion) -> CheckForm:
    """The form for one version: the last good day always, the rest where this kind of document has it."""
    typed = {
        Asked.VALID_FROM: version.valid_from,
        Asked.VALID_UNTIL: version.valid_until,
        Asked.AMOUNT_PER_OCCURRENCE: version.amount_cents,
    }
    fields = {
        asked.value: _field(asked, typed[asked])
        for asked in READ
        if asked is Asked.VALID_UNTIL or asked in kind.asks or typed[asked] is not None
    }
    built: CheckForm = type("BuiltCheckForm", (CheckForm,), fields)()
    return built


def _field(asked: Asked, value: Any) -> Any:
    if asked is Asked.AMOUNT_PER_OCCURRENCE:
        shown = dollars(value, short=True).removeprefix("$") if value is not None else ""
        return StringField(
            LABELS[asked],
            [Optional()],
            default=shown,
            description=_l("In dollars, as it stands on the document."),
            render_kw={"inputmode": "decimal", "autocomplete": "off"},
        )
    hint = _l("Leave it empty if the document does not run out.") if asked is Asked.VALID_UNTIL and not value else ""
    return DateTextField(LABELS[asked], [Optional()], default=value.isoformat() if value else "", description=hint)


def read_office(form: CheckForm) -> OfficeReading | None:
    """What the office read, or None with a sentence beside each field that cannot be read."""
    valid = form.validate()
    values: dict[Asked, Any] = {}
    for asked in READ:
        if asked.value not in form or not (form[asked.value].data or "").strip():
            continue
        try:
            values[asked] = READERS[asked](asked, form[asked.value])
        except ValidationError as error:
            form[asked.value].errors = [named_problem(form[asked.value], str(error))]
            valid = False
    start, end = values.get(Asked.VALID_FROM), values.get(Asked.VALID_UNTIL)
    if start and end and end < start:
        form[Asked.VALID_UNTIL.value].errors = [_("The last day must not be before the first day")]
        valid = False
    if not valid:
        return None
    return OfficeReading(start, end, values.get(Asked.AMOUNT_PER_OCCURRENCE))


class ReturnForm(BaseForm):
    """Why a document goes back: ready reasons to check, words of one's own, or both."""

    ready = SelectMultipleField(
        _l("What is wrong with it?"),
        [Optional()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    reason = TextAreaField(
        _l("In your own words"),
        [Optional(), Length(max=LONG, message=_l("Shorten this to %(max)d characters or fewer"))],
        description=_l("The organization reads this as you write it. Say what to do."),
    )

    def offer(self, kind: EvidenceType) -> None:
        """The ready reasons of this kind of document."""
        self.kind = kind
        self.ready.choices = [SelectChoice(str(place), _(text)) for place, text in enumerate(kind.returns)]

    def validate(self, extra_validators: Any = None) -> bool:
        """At least one reason, whoever wrote it."""
        valid = super().validate(extra_validators)
        if valid and not self.words():
            self.reason.errors = [_("Check a reason, or give your own")]
            return False
        return valid

    def words(self) -> str:
        """The reason as it is kept and sent: the ready ones in English, which is the language of the office."""
        known = {str(place): text for place, text in enumerate(self.kind.returns)}
        chosen = [known[place] for place in self.ready.data or () if place in known]
        return "\n".join([*chosen, *([self.reason.data] if self.reason.data else [])])
