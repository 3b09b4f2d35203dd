"""Forms of the district's last signature: put an agreement on hold, sign many together, renew a year's."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional

from vetting.forms.base import BaseForm
from vetting.forms.fields import LINE, DayField, limit, options
from vetting.workflows.countersign_commands import HoldSignature


class HoldSignatureForm(BaseForm):
    """Why an agreement waits, and until when."""

    reason = TextAreaField(
        _l("Why does it have to wait?"),
        [DataRequired(_l("Say why it has to wait")), limit(1000)],
        description=_l("Whoever wrote the draft and the school leader read this."),
    )
    wakes_on = DayField(
        _l("When does it come back?"),
        [InputRequired(_l("Choose the day on which it comes back"))],
        description=_l("It comes back to your list by itself on that day."),
    )

    def command(self) -> HoldSignature:
        """What the workflow takes; only after ``validate``."""
        if self.wakes_on.data is None:
            raise ValueError("the form is read once it is valid")
        return HoldSignature(self.wakes_on.data)


class SignTogetherForm(BaseForm):
    """One act for a list of texts. The consent is asked for where a text of the list has none yet."""

    digest = HiddenField()
    consent_sha256 = HiddenField()
    opened = BooleanField(_l("I could open the PDF of these agreements"), [Optional()])
    agree = BooleanField(_l("I agree to sign and to get these agreements electronically"), [Optional()])
    authority = BooleanField(
        _l("I am allowed to sign for the district"),
        [InputRequired(_l("Tick the box if you may sign for the district. If not, decline and say who may."))],
    )
    title = StringField(_l("Your title"), [DataRequired(_l("Enter your title")), limit(LINE)])
    typed_name = StringField(
        _l("Type your full name to sign all of them"),
        [DataRequired(_l("Type your full name")), limit(LINE)],
        render_kw={"autocomplete": "name"},
    )

    def ask(self, *, consent: bool, copies: bool) -> None:
        """What this list needs besides: consent, and, where there are PDFs to be opened, that they open."""
        if consent:
            self.agree.validators = [InputRequired(_l("Tick the box if you agree. If you do not, ask for paper."))]
        if copies:
            words = _l("Open a PDF, then tick the box. If it does not open, ask for paper.")
            self.opened.validators = [InputRequired(words)]


class PlanRenewalsForm(BaseForm):
    """The year whose endings are looked at."""

    school_year = SelectField(_l("Which school year ends?"), [InputRequired(_l("Choose a school year"))])

    def offer(self, years: Iterable[str]) -> None:
        """Set the years that can be chosen."""
        self.school_year.choices = options((year, year) for year in years)


class LeaveOutForm(BaseForm):
    """Why the agreements that are not ticked any more are left out."""

    reason = TextAreaField(
        _l("Why are they left out?"),
        [Optional(), limit(1000)],
        description=_l("Needed when you take a tick away. It stands in the plan and on the receipt."),
    )
