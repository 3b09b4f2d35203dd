"""Forms of a renewal: the programs that go on, and the statement that nothing has changed."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from vetting.forms.base import BaseForm
from vetting.models import Program


class ProgramsForm(BaseForm):
    """The programs that go on."""

    programs = SelectMultipleField(
        _l("Which programs go on?"),
        [InputRequired(_l("Keep at least one program"))],
        description=_l("A program that you leave out stays in the directory until the renewal is approved."),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def __init__(self, programs: Iterable[Program], staying: Iterable[str]) -> None:
        super().__init__(data={"programs": list(staying)})
        self.programs.choices = [SelectChoice(program.reference, program.name) for program in programs]


class CertificateForm(BaseForm):
    """A person's word; ``statement`` names the version of the words on the page."""

    statement = HiddenField()
    agree = BooleanField(_l("Yes, this is so"), [InputRequired(_l("Check the box to say that this is so"))])
