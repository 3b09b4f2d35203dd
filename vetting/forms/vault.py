"""What a document of the vault speaks for, and the number under which the city pays an organization."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from vetting.forms.base import BaseForm, one_line
from vetting.models import EvidenceUse, Organization
from vetting.workflows.vault_commands import Purpose, VendorNumber

VENDOR_NUMBER = re.compile(r"[A-Z0-9]{4,15}")


def _boxes(label: Any, hint: Any) -> SelectMultipleField:
    return SelectMultipleField(
        label,
        [Optional()],
        description=hint,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class PurposesForm(BaseForm):
    """Standards and programs that a document speaks for in one school year. All of it is a help, none is required."""

    year = RadioField(_l("School year"), [InputRequired(_l("Choose a school year"))])
    programs = _boxes(_l("Programs"), _l("Check none if it is for the whole organization."))
    standards = _boxes(_l("Quality standards"), "")

    def offer(
        self, standards: Iterable[tuple[str, str]], programs: Iterable[tuple[str, str]], years: Sequence[str]
    ) -> None:
        """What can be chosen."""
        self.years = years
        self.year.choices = [SelectChoice(year, year) for year in years]
        self.standards.choices = [SelectChoice(*each) for each in standards]
        self.programs.choices = [SelectChoice(*each) for each in programs]

    def show(self, uses: Iterable[EvidenceUse], year: str) -> None:
        """What was said before about one school year."""
        self.year.data = year if year in self.years else self.years[0]
        said = [use for use in uses if use.school_year == self.year.data]
        self.standards.data = sorted({use.standard_key for use in said if use.standard_key})
        self.programs.data = sorted({str(use.program_id) for use in said if use.program_id is not None})

    def purposes(self) -> tuple[Purpose, ...]:
        """Every standard for every program that was checked; a program without a standard stands for itself."""
        programs = [int(number) for number in self.programs.data or ()] or [0]
        standards = [*(self.standards.data or ())]
        if standards:
            return tuple(Purpose(standard, program) for standard in standards for program in programs)
        return tuple(Purpose("", program) for program in programs if program)


class VendorNumberForm(BaseForm):
    """The city's number for the organization."""

    vendor_number = StringField(
        _l("City vendor number"),
        [Optional()],
        filters=[one_line],
        description=_l("It stands on the city's payments and contracts. With it you need not send a W-9."),
        render_kw={"autocomplete": "off", "maxlength": "20"},
    )

    def __init__(self, organization: Organization) -> None:
        super().__init__(obj=organization)

    def validate_vendor_number(self, field: StringField) -> None:
        """Letters and digits as the city writes them; never a tax ID."""
        number = re.sub(r"[\s-]", "", field.data or "").upper()
        if re.fullmatch(r"\d{3}-?\d{2}-?\d{4}|\d{2}-\d{7}", (field.data or "").strip()):
            raise ValidationError(_("This looks like a tax number. Enter the number that the city gave you"))
        if not VENDOR_NUMBER.fullmatch(number):
            raise ValidationError(_("A vendor number has 4 to 15 letters and digits"))

    def command(self) -> VendorNumber:
        """The number without spaces and hyphens; empty for none."""
        return VendorNumber(re.sub(r"[\s-]", "", self.vendor_number.data or "").upper())
