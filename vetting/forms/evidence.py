"""The upload form of a document type: the file and the facts that its type asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, MultipleFileField, StringField
from wtforms.validators import Length, ValidationError

from vetting.data.evidence_types import Asked, DocumentDates, EvidenceType, Sensitivity, last_good_day
from vetting.forms.applicant import allowed_content
from vetting.forms.base import BaseForm
from vetting.forms.question_fields import DateTextField, Needed
from vetting.forms.questions import named_problem
from vetting.questionnaires.answers import Problem, validate_answer
from vetting.questionnaires.form import Kind, Question
from vetting.text import dollars

MOST_FILES = 5
TEXT_LIMIT = 200

LABELS: Mapping[Asked, tuple[Any, Any]] = {
    Asked.ISSUER: (_l("Who issued it?"), _l("The insurer, agency or person named on the document.")),
    Asked.POLICY_NUMBER: (_l("Policy number"), ""),
    Asked.ISSUED_ON: (_l("Date of the document"), _l("The date written on it.")),
    Asked.VALID_FROM: (_l("First day it counts"), ""),
    Asked.VALID_UNTIL: (_l("Last day it counts"), _l("The end date written on the document.")),
    Asked.FISCAL_YEAR_END: (_l("Last day of the fiscal year it covers"), ""),
    Asked.AMOUNT_PER_OCCURRENCE: (_l("Amount for each occurrence"), _l("In dollars, such as 1,000,000.")),
}

COVERED = "number_covered"
"""The person's word that a form which may hold a personal number shows none."""

DATES = frozenset({Asked.ISSUED_ON, Asked.VALID_FROM, Asked.VALID_UNTIL, Asked.FISCAL_YEAR_END})


@dataclass(frozen=True)
class DocumentFacts:
    """What was typed about a document. Money in cents; dates local. ``valid_until`` is the last good day."""

    issuer: str
    valid_from: date | None
    valid_until: date | None
    amount_cents: int | None
    details: Mapping[str, str]


class UploadForm(BaseForm):
    """The file, and the facts asked about it. What was typed stays when the file is refused."""

    files = MultipleFileField(_l("Choose the file"), [Needed()])

    def chosen(self) -> list[Any]:
        """The files that were really chosen; browsers send an empty part for none."""
        return [item for item in self.files.data or () if getattr(item, "filename", "")]


def upload_form(kind: EvidenceType) -> UploadForm:
    """The form for one type of document."""
    fields = {asked.value: _field(asked) for asked in kind.asks}
    if kind.sensitivity is Sensitivity.HIGH:
        # A machine finds a number only where it can read; in a scan a person has to look.
        fields[COVERED] = BooleanField(
            _l("Nobody's Social Security number can be read on this form"),
            [Needed()],
            description=_l("Cover it before you scan, or use the tax ID (EIN) of the organization."),
        )
    built: UploadForm = type("BuiltUploadForm", (UploadForm,), fields)()
    return built


def _field(asked: Asked) -> Any:
    label, hint = LABELS[asked]
    if asked in DATES:
        return DateTextField(label, [Needed()], description=hint)
    options = {"autocomplete": "off"}
    if asked is Asked.AMOUNT_PER_OCCURRENCE:
        return StringField(label, [Needed()], description=hint, render_kw={**options, "inputmode": "decimal"})
    too_long = _l("Shorten this to %(max)d characters or fewer")
    return StringField(
        label,
        [Needed(), Length(max=TEXT_LIMIT, message=too_long), allowed_content],
        description=hint,
        render_kw=options,
    )


def read_facts(form: UploadForm, kind: EvidenceType) -> DocumentFacts | None:
    """The facts, or None with a sentence beside each field that cannot be read."""
    valid = form.validate()
    values: dict[Asked, Any] = {}
    for asked in kind.asks:
        field = form[asked.value]
        if field.errors:
            continue
        try:
            values[asked] = READERS[asked](asked, field)
        except ValidationError as error:
            field.errors = [named_problem(field, str(error))]
            valid = False
    start, end = values.get(Asked.VALID_FROM), values.get(Asked.VALID_UNTIL)
    if start and end and end < start:
        form[Asked.VALID_UNTIL.value].errors = [_("The last day must not be before the first day")]
        valid = False
    if COVERED in form and not form[COVERED].data:
        form[COVERED].errors = [_("Look at the form, cover the number if there is one, and check this box")]
        valid = False
    return _facts(kind, values, covered=COVERED in form) if valid else None


def _facts(kind: EvidenceType, values: Mapping[Asked, Any], *, covered: bool) -> DocumentFacts:
    dates = DocumentDates(
        issued_on=values.get(Asked.ISSUED_ON),
        valid_until=values.get(Asked.VALID_UNTIL),
        fiscal_year_end=values.get(Asked.FISCAL_YEAR_END),
    )
    details = {
        asked.value: value.isoformat() if isinstance(value, date) else str(value)
        for asked, value in values.items()
        if asked in {Asked.POLICY_NUMBER, Asked.ISSUED_ON, Asked.FISCAL_YEAR_END}
    }
    return DocumentFacts(
        issuer=values.get(Asked.ISSUER, ""),
        valid_from=values.get(Asked.VALID_FROM),
        valid_until=last_good_day(kind, dates),
        amount_cents=values.get(Asked.AMOUNT_PER_OCCURRENCE),
        details={**details, COVERED: "yes"} if covered else details,
    )


def shortfall(kind: EvidenceType, facts: DocumentFacts) -> str | None:
    """A sentence when the cover is less than the type asks for. The file is taken all the same; a person decides."""
    if kind.min_amount_cents is None or facts.amount_cents is None or facts.amount_cents >= kind.min_amount_cents:
        return None
    least = dollars(kind.min_amount_cents, short=True)
    return str(
        _("We ask for at least %(least)s for each occurrence. We took the file and will write to you.", least=least)
    )


def _answer(asked: Asked, kind: Kind, field: Field) -> Any:
    question = Question(
        key=asked.value,
        kind=kind,
        label="",
        help="",
        required=True,
        max_length=TEXT_LIMIT if kind is Kind.TEXT else None,
        minimum=None,
        maximum=None,
        choices=(),
        max_choices=None,
        show_if=None,
        seconds=0,
        informs=(),
        public=False,
    )
    answer = validate_answer(question, field.data)
    if isinstance(answer, Problem):
        raise ValidationError(answer.message.translated(_))
    return answer.value


def _text(asked: Asked, field: Field) -> str:
    return str(_answer(asked, Kind.TEXT, field))


def _day(asked: Asked, field: Field) -> date:
    return date.fromisoformat(_answer(asked, Kind.DATE, field))


def _cents(asked: Asked, field: Field) -> int:
    return int(_answer(asked, Kind.MONEY, field))


READERS: Mapping[Asked, Callable[[Asked, Field], Any]] = {
    Asked.ISSUER: _text,
    Asked.POLICY_NUMBER: _text,
    Asked.ISSUED_ON: _day,
    Asked.VALID_FROM: _day,
    Asked.VALID_UNTIL: _day,
    Asked.FISCAL_YEAR_END: _day,
    Asked.AMOUNT_PER_OCCURRENCE: _cents,
}
