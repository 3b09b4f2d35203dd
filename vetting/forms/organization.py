"""Forms of an organization's own pages: contact, settings, fiscal sponsor, handing over, signing off, confirming."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, RadioField, SelectField, StringField, TelField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from vetting.data.vocabulary import load_vocabulary
from vetting.forms.account import _email, is_email
from vetting.forms.applicant import NAME_LIMIT, allowed_content
from vetting.forms.base import BaseForm, one_line
from vetting.models import ORGANIZATION_ROLES, Organization, Role
from vetting.questionnaires.ein import read_ein
from vetting.text import Message
from vetting.workflows.commands import AssistedEntry, SaveContact

TOO_LONG = _l("Shorten this to %(max)d characters or fewer")


def is_website(form: Any, field: StringField) -> None:
    """An address of the web, completed by its beginning where a person left that out."""
    text = (field.data or "").strip()
    if text and "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and "." in (parts.hostname or "") and " " not in text
    except ValueError:
        good = False
    if not good:
        raise ValidationError(_l("Enter a website like www.example.org"))
    field.data = text


def is_phone(form: Any, field: StringField) -> None:
    """Ten digits, however they are written, perhaps with an extension."""
    bare = re.sub(r"(?i)\s*(ext\.?|x)\s*\d{1,6}$", "", field.data or "")
    digits = re.sub(r"\D", "", bare)
    if len(digits.removeprefix("1")) != 10 or re.search(r"[^\d\s().+\-]", bare):
        raise ValidationError(_l("Enter a phone number with its area code, such as 617 555 0100"))


class ContactForm(BaseForm):
    """What an organization changes without a new review."""

    phone = TelField(_l("Main phone number"), [DataRequired(_l("Enter a phone number")), is_phone])
    email = EmailField(
        _l("Main e-mail address"),
        [DataRequired(_l("Enter an e-mail address")), Length(max=254, message=TOO_LONG), is_email],
        description=_l("Shown to schools and families."),
    )
    website = StringField(_l("Website"), [Optional(), Length(max=300, message=TOO_LONG), is_website])
    address = StringField(
        _l("Street address"),
        [DataRequired(_l("Enter the address")), Length(max=400, message=TOO_LONG), allowed_content],
        filters=[one_line],
    )

    def command(self) -> SaveContact:
        """What was typed, as one change."""
        return SaveContact(
            phone=self.phone.data or "",
            email=self.email.data or "",
            website=self.website.data or "",
            address=self.address.data or "",
        )


class OwnSettingsForm(BaseForm):
    """What an owner decides for the whole organization."""

    sign_off_required = BooleanField(
        _l("A senior person signs off before we send"),
        description=_l("An owner or an authorized signer reads each application first. It is not sent without that."),
    )


class HandOverForm(BaseForm):
    """To whom the organization goes."""

    person = SelectField(
        _l("Who takes over?"),
        [InputRequired(_l("Choose a person"))],
        description=_l("Somebody who has a role here. Nothing changes until they accept; then you stay as an editor."),
    )

    def __init__(self, people: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self.person.choices = [SelectChoice("", _("Choose one")), *(SelectChoice(*each) for each in people)]


class ChangeRoleForm(BaseForm):
    """Another role at the same organization."""

    role = SelectField(_l("New role"), [InputRequired(_l("Choose a role"))])

    def __init__(self, names: dict[Role, str], prefix: str = "") -> None:
        super().__init__()
        self.role.choices = [SelectChoice(role.value, _(names[role])) for role in Role if role in ORGANIZATION_ROLES]


class SponsorForm(BaseForm):
    """A fiscal sponsor by name and tax id, typed twice because nobody sees it again."""

    sponsor_name = StringField(
        _l("Legal name of the fiscal sponsor"),
        [
            InputRequired(_l("Enter the name of the fiscal sponsor")),
            Length(max=NAME_LIMIT, message=TOO_LONG),
            allowed_content,
        ],
        filters=[one_line],
    )
    ein = StringField(
        _l("The sponsor's tax ID (EIN)"),
        [InputRequired(_l("Enter the tax ID"))],
        description=_l("Nine digits, such as 04-1234567. We show only the last four of them, and keep it encrypted."),
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )
    ein_again = StringField(
        _l("Type the tax ID again"),
        [InputRequired(_l("Type the tax ID again"))],
        render_kw={"autocomplete": "off", "inputmode": "numeric"},
    )
    number: str = ""

    def validate(self, extra_validators: Any = None) -> bool:
        """Both are tax ids, and the same."""
        good = super().validate(extra_validators)
        read = read_ein(self.ein.data or "")
        if isinstance(read, Message):
            if self.ein.data:
                self.ein.errors = [read.translated(_)]
            return False
        if good and read_ein(self.ein_again.data or "") != read:
            self.ein_again.errors = [_("The two numbers are not the same. Type both again")]
            return False
        self.number = read
        return good


class AnswerForForm(BaseForm):
    """A person's word on what they have read."""

    agree = BooleanField(_l("I have read it all"), [InputRequired(_l("Check the box once you have read it"))])


class AssistedForm(BaseForm):
    """Who is on the phone or at the desk, and for which organization."""

    how = RadioField(
        _l("How do you talk with them?"),
        [InputRequired(_l("Choose phone or desk"))],
        choices=[SelectChoice("phone", _l("On the phone")), SelectChoice("desk", _l("At the desk"))],
    )
    caller = StringField(
        _l("Name of the person you talk with"),
        [InputRequired(_l("Enter the name of the person")), Length(max=200, message=TOO_LONG), allowed_content],
        filters=[one_line],
    )
    language = SelectField(_l("In which language?"), [Optional()])
    interpreter = BooleanField(_l("An interpreter helps"))
    organization = StringField(
        _l("Reference of the organization, if it is registered already"),
        [Optional(), Length(max=20, message=TOO_LONG)],
        description=_l("Such as ORG-7K2M-9QWD. Leave it empty for a new organization and fill in the next three."),
        filters=[one_line],
    )
    legal_name = StringField(
        _l("Legal name of the new organization"),
        [Optional(), Length(max=NAME_LIMIT, message=TOO_LONG), allowed_content],
        filters=[one_line],
    )
    kind = SelectField(_l("What kind of organization is it?"), [Optional()])
    program_name = StringField(
        _l("Name of its first program"),
        [Optional(), Length(max=120, message=TOO_LONG), allowed_content],
        filters=[one_line],
    )
    found: Organization | None = None

    def __init__(self) -> None:
        super().__init__()
        words = load_vocabulary()
        languages = [SelectChoice(word.key, _(word.name)) for word in words["languages"].items]
        self.language.choices = [SelectChoice("", _("English")), *languages]
        kinds = [SelectChoice(word.key, _(word.name)) for word in words["organization_kinds"].items]
        self.kind.choices = [SelectChoice("", _("Choose one")), *kinds]

    def complete(self) -> bool:
        """Either a registered organization, or the three facts of a new one."""
        good = self.validate()
        if self.organization.data:
            return good
        for field, words in (
            (self.legal_name, _("Enter the legal name, or the reference of a registered organization")),
            (self.kind, _("Choose the kind of organization")),
            (self.program_name, _("Enter the name of the program")),
        ):
            if not field.data:
                field.errors = [words]
                good = False
        return good

    def command(self) -> AssistedEntry:
        """Who was spoken with, and how."""
        return AssistedEntry(
            how=self.how.data,
            caller=self.caller.data or "",
            language=self.language.data or "",
            interpreter=bool(self.interpreter.data),
        )


class ReadBackForm(BaseForm):
    """Whose word it is that what the office entered is right."""

    name = StringField(
        _l("Who confirmed it?"),
        [InputRequired(_l("Enter the name of the person who confirmed it")), Length(max=200, message=TOO_LONG)],
        description=_l("First and last name of the person of the organization, not yours."),
        filters=[one_line],
    )
    how = RadioField(
        _l("How?"),
        [InputRequired(_l("Choose how they confirmed it"))],
        choices=[
            SelectChoice("read_phone", _l("I read it to them on the phone")),
            SelectChoice("read_desk", _l("They read it here at the desk")),
            SelectChoice("paper", _l("They signed it on paper, which we keep")),
        ],
    )


class InviteOwnerForm(BaseForm):
    """The address of the person who gets the account."""

    email = _email()
    person_name = StringField(_l("Their name"), [Optional(), Length(max=200, message=TOO_LONG)], filters=[one_line])


class ReportForm(BaseForm):
    """Two records that somebody of the office takes for one organization."""

    first = StringField(
        _l("Reference of one"), [InputRequired(_l("Enter the reference of an organization"))], filters=[one_line]
    )
    second = StringField(
        _l("Reference of the other"), [InputRequired(_l("Enter the reference of an organization"))], filters=[one_line]
    )


class MergeForm(BaseForm):
    """Which record stays, and why the two are one."""

    stays = RadioField(_l("Which record stays?"), [InputRequired(_l("Choose the record that stays"))])
    reason = TextAreaField(
        _l("How do you know that they are one organization?"),
        [DataRequired(_l("Say how you know")), Length(max=2000, message=TOO_LONG)],
        description=_l("Stays in the history of both."),
    )


class NewAddressForm(BaseForm):
    """A new address of one's own account."""

    email = _email(_l("New e-mail address"))
