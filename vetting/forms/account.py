"""Forms of signing in, of one's own account, and of inviting people."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, ClassVar

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, Field, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import PasswordInput

from vetting.forms.base import BaseForm, one_line

PASSWORD_MIN = 12
PASSWORD_MAX = 256
COMMON = frozenset({"password", "letmein", "welcome", "qwerty", "boston", "partner", "school", "vetting"})


def normal_email(text: str) -> str:
    """An address as it is stored and compared: one spelling for what looks or folds the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())


def normal_code(text: str) -> str:
    """A code as it is checked: copied codes bring spaces, dashes and other digits along."""
    return re.sub(r"[\s\-\u2010-\u2015]", "", unicodedata.normalize("NFKC", text)).lower()


def is_email(form: Any, field: Field) -> None:
    """Refuse what cannot be an address, in words."""
    field.data = normal_email(field.data or "")
    try:
        validate_email(field.data, check_deliverability=False)
    except EmailNotValidError as error:
        raise ValidationError(_l("Enter an e-mail address like name@example.org")) from error


class SecretField(Field):
    """A password: never shown again, never trimmed or changed."""

    widget = PasswordInput()
    data: str

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = str(valuelist[0]) if valuelist else ""

    def process_data(self, value: Any) -> None:
        self.data = ""


class Expected:
    """Marks a field that one of two buttons needs; whether it is filled in is asked when that button was used."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __call__(self, form: Any, field: Field) -> None:
        """Nothing to refuse yet."""


def good_password(form: Any, field: Field) -> None:
    """Long enough and not made of the obvious. Any characters may be used; none are demanded."""
    password = unicodedata.normalize("NFKD", field.data or "")
    if len(password) < PASSWORD_MIN:
        raise ValidationError(_l("Use at least 12 characters. Three or four words make a good password"))
    if len(password) > PASSWORD_MAX:
        raise ValidationError(_l("Use at most 256 characters"))
    own = ((getattr(form, "email", None) and form.email.data) or "").partition("@")[0]
    plain = re.sub(r"[^a-z]", "", password.casefold())
    if len(set(password)) < 5 or plain in COMMON or (len(own) > 3 and plain == re.sub(r"[^a-z]", "", own.casefold())):
        raise ValidationError(_l("This password is easy to guess. Choose another one"))


def _email(label: Any = None, hint: Any = "", autocomplete: str = "email") -> Any:
    return EmailField(
        label or _l("E-mail address"),
        [
            InputRequired(_l("Enter an e-mail address")),
            Length(max=254, message=_l("Use at most 254 characters")),
            is_email,
        ],
        description=hint,
        render_kw={"autocomplete": autocomplete, "spellcheck": "false"},
    )


def _name() -> Any:
    return StringField(
        _l("Your name"),
        [InputRequired(_l("Enter your name")), Length(max=200, message=_l("Use at most 200 characters"))],
        filters=[one_line],
        render_kw={"autocomplete": "name"},
    )


def _new_password(label: Any, *, optional: bool = False) -> Any:
    return SecretField(
        label,
        [Optional(strip_whitespace=False) if optional else InputRequired(_l("Enter a password")), good_password],
        description=_l("At least 12 characters. A few words in a row are easy to remember."),
        render_kw={"autocomplete": "new-password"},
    )


class SignInForm(BaseForm):
    """Address and password, or just the address for a code by e-mail."""

    email = _email(autocomplete="username")
    password = SecretField(_l("Password"), [Expected()], render_kw={"autocomplete": "current-password"})
    next = HiddenField()

    def wants_code(self) -> bool:
        """Check the address alone, for a code by e-mail."""
        return self.validate()

    def complete(self) -> bool:
        """Check both."""
        good = self.validate()
        if not self.password.data:
            self.password.errors = [_l("Enter your password, or choose to get a code by e-mail")]
            return False
        return good


class CodeForm(BaseForm):
    """One code, typed or pasted."""

    code = StringField(
        _l("Code"),
        [InputRequired(_l("Enter the code")), Length(max=40, message=_l("Enter the code only"))],
        render_kw={"autocomplete": "one-time-code", "inputmode": "text", "spellcheck": "false"},
    )


class EmailForm(BaseForm):
    """One address."""

    email = _email()


class RegisterForm(BaseForm):
    """A new account. A password may wait: a code by e-mail works without one."""

    name = _name()
    email = _email(hint=_l("We send one message there to make sure that it is yours."))
    password = _new_password(_l("Password"), optional=True)
    next = HiddenField()


class NewPasswordForm(BaseForm):
    """A password to set."""

    password = _new_password(_l("New password"))


class ProveForm(BaseForm):
    """One's own password, once more."""

    password = SecretField(
        _l("Your password"), [InputRequired(_l("Enter your password"))], render_kw={"autocomplete": "current-password"}
    )


class ProfileForm(BaseForm):
    """Who one is to others."""

    name = _name()
    title = StringField(
        _l("Job title"),
        [Optional(), Length(max=200, message=_l("Use at most 200 characters"))],
        description=_l("It is printed beside your name when you sign an agreement."),
        filters=[one_line],
        render_kw={"autocomplete": "organization-title"},
    )


class SetupForm(BaseForm):
    """The first administrator."""

    name = _name()
    email = _email()
    password = _new_password(_l("Password"))


class AcceptForm(BaseForm):
    """Accepting an invitation makes an account where there is none."""

    name = _name()
    password = _new_password(_l("Password"), optional=True)


class InviteForm(BaseForm):
    """An offer of a role. The view narrows ``role`` to what the person may give."""

    email = _email()
    name = StringField(
        _l("Name"),
        [Optional(), Length(max=200, message=_l("Use at most 200 characters"))],
        filters=[one_line],
        render_kw={"autocomplete": "off"},
    )
    role = SelectField(_l("Role"), [InputRequired(_l("Choose a role"))], choices=[])


class MemberInviteForm(InviteForm):
    """An offer of a role at one organization."""

    role = RadioField(_l("Role"), [InputRequired(_l("Choose a role"))], choices=[])


class OfficeInviteForm(InviteForm):
    """An offer of any role; school roles name a school, organization roles an organization."""

    school = SelectField(
        _l("School"), [Optional()], choices=[], description=_l("For school leaders and liaisons only.")
    )
    organization = StringField(
        _l("Organization"),
        [Optional(), Length(max=40)],
        description=_l("For people of an organization only: its reference, such as ORG-7K2Q-9F4H."),
        filters=[one_line],
    )
