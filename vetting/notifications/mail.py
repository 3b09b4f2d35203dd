"""Make the mail for an outbox message, in the reader's language, from facts as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

import config
from vetting import tokens
from vetting.events import Event
from vetting.models import (
    ORGANIZATION_ROLES,
    Application,
    BulkRun,
    Conflict,
    ConflictState,
    EmailChange,
    EmailChangeState,
    GrantState,
    Invitation,
    InvitationState,
    OutboxMessage,
    Role,
    RoleGrant,
    Signer,
    SignerState,
    User,
)
from vetting.models.subjects import SUBJECTS
from vetting.notifications import standing
from vetting.notifications.all_words import MESSAGES
from vetting.notifications.daily import parts_of
from vetting.notifications.facts import FACTS, lapse_day, nameless
from vetting.notifications.together import reviews_of_run
from vetting.notifications.words import DAILY, DAILY_OF_ONE, Side, Words
from vetting.policy import sees_identity
from vetting.queries.actors import actor_for
from vetting.queries.milestones import REMINDERS, still_due
from vetting.text import N_, unlinked

ROOT = Path(__file__).resolve().parent.parent

CHOOSE = "/account/notifications"
"""Where people choose which mail they get."""

GREETING = N_("Hello %(name)s,")
GREETING_UNKNOWN = N_("Hello,")


@dataclass(frozen=True)
class Place:
    """What mail needs to know about this installation."""

    public_url: str
    district: str
    mail_from: str
    secret_keys: Sequence[str]

    @classmethod
    def of(cls, settings: config.Settings) -> Place:
        """What the installation's settings say."""
        return cls(
            public_url=settings.public_url,
            district=settings.district_name,
            mail_from=settings.mail_from,
            secret_keys=(settings.secret_key, *settings.secret_keys_before),
        )


@dataclass(frozen=True)
class Mail:
    """A mail ready to be sent. ``key`` is the outbox key; it names the file in the spool and the Message-ID.

    ``label`` and ``link`` are those of its one link, for a daily mail that holds it.
    """

    key: str
    to: str
    subject: str
    text: str
    html: str
    label: str = ""
    link: str = ""


@dataclass(frozen=True)
class Reader:
    """Whom a mail is for."""

    address: str
    language: str
    name: str


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(str(ROOT / "templates")),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


@cache
def _translations(language: str) -> NullTranslations:
    return Translations.load(str(ROOT / "translations"), [language])


def make(
    session: Session, message: OutboxMessage, place: Place, *, names: bool = True, greets: bool = True
) -> Mail | None:
    """The mail for a message; None when the reader or the reason is gone.

    Without ``names`` it is as a blind reviewer reads it; unless it ``greets`` its reader is not named.
    """
    if message.topic == Event.ACCOUNT_MAIL:
        payload = message.payload
        return Mail(
            message.key, message.recipient.removeprefix("mail:"), payload["subject"], payload["body"], payload["html"]
        )
    if message.topic == Event.DAILY_MAIL:
        return _daily(session, message, place)
    return _single(session, message, place, names=names, greets=greets)


def _single(
    session: Session, message: OutboxMessage, place: Place, *, names: bool = True, greets: bool = True
) -> Mail | None:
    subject: Any = session.get(SUBJECTS[message.payload["subject_type"]], message.payload["subject_id"])
    if subject is None or not _still_true(message.topic, subject) or not _still_due(session, message):
        return None
    person, address = _reader(session, message.recipient)
    if not address or _kept_out(session, person, subject):
        return None
    event = Event(message.topic)
    words = MESSAGES.get((event, _side(session, event, person, subject))) or MESSAGES.get((event, Side.PARTNER))
    if words is None:
        words = MESSAGES[(event, Side.OFFICE)]
    facts = FACTS[message.payload["subject_type"]](subject) | lapse_day(session, event, subject)
    facts |= {"district": place.district}
    speak = _translations(person.language if person else "en").gettext
    facts |= standing.status(session, event, subject, speak, place.mail_from)
    facts["choose"] = place.public_url + CHOOSE
    if "reference" in facts and (not names or (person is not None and _is_blind(session, person, subject))):
        facts |= nameless(facts)
    if isinstance(subject, Invitation):
        facts["token"] = tokens.invitation_token(place.secret_keys, subject.nonce, subject.token_digest)
    if isinstance(subject, EmailChange):
        facts |= _half_of(subject, address, place)
    if isinstance(subject, BulkRun):
        shared = reviews_of_run(session, subject, person) if person is not None else None
        if shared is None:
            return None
        facts |= shared
    if isinstance(subject, Invitation) and person is None:
        facts["reader"], facts["language"] = unlinked(subject.name), subject.language
    return _rendered(message.key, _named(person, address, facts, greets=greets), words, facts, place)


def _half_of(change: EmailChange, address: str, place: Place) -> dict[str, str]:
    """The link of one of the two addresses that must agree; each gets its own."""
    new = address == change.new_email
    nonce, kept = (change.new_nonce, change.new_digest) if new else (change.old_nonce, change.old_digest)
    return {"here": address, "token": tokens.invitation_token(place.secret_keys, nonce, kept)}


def _reader(session: Session, recipient: str) -> tuple[User | None, str]:
    if recipient.startswith("user:"):
        person = session.get(User, int(recipient.removeprefix("user:")))
        return (person, person.email) if person is not None and person.active else (None, "")
    return None, recipient.removeprefix("mail:")


def _kept_out(session: Session, person: User | None, subject: Any) -> bool:
    """Whether the reader has declared an interest in the organization by now. Its own members read its mail still."""
    organization_id = getattr(subject, "organization_id", None)
    if person is None or organization_id is None or _is_member(person, organization_id):
        return False
    declared = sa.select(Conflict.id).where(
        Conflict.user_id == person.id,
        Conflict.organization_id == organization_id,
        Conflict.state == ConflictState.DECLARED,
    )
    return session.scalars(declared).first() is not None


def _is_blind(session: Session, person: User, subject: Any) -> bool:
    """Whether the reader reviews the case that the mail is about without knowing who applies."""
    application = getattr(subject, "application", subject)
    if not isinstance(application, Application):
        return False
    return not sees_identity(actor_for(session, person), application)


def _is_member(person: User, organization_id: int) -> bool:
    return any(
        grant.organization_id == organization_id
        and grant.state is GrantState.ACTIVE
        and grant.role in ORGANIZATION_ROLES
        for grant in person.grants
    )


def _side(session: Session, event: Event, person: User | None, subject: Any) -> Side:
    """Members of the organization a mail is about read it as partners, everyone else as the office."""
    organization_id = getattr(subject, "organization_id", None)
    if person is None or organization_id is None:
        return Side.PARTNER
    member = _is_member(person, organization_id)
    return Side.PARTNER if member or (event, Side.OFFICE) not in MESSAGES else Side.OFFICE


def _still_true(topic: str, subject: Any) -> bool:
    """Whether what the mail says still holds; a reminder of something already done helps nobody."""
    if topic == Event.SIGNATURE_INVITED and isinstance(subject, Signer):
        return subject.state is SignerState.INVITED
    if topic == Event.EMAIL_CHANGE_ASKED and isinstance(subject, EmailChange):
        return subject.state is EmailChangeState.PENDING
    if topic in {Event.INVITATION_SENT, Event.PARTNER_INVITED} and isinstance(subject, Invitation):
        return subject.state is InvitationState.PENDING
    return True


def _still_due(session: Session, message: OutboxMessage) -> bool:
    """Whether a reminder still reminds of something that is so, and somebody whose business it still is."""
    if message.topic not in REMINDERS:
        return True
    event, number = Event(message.topic), message.payload["subject_id"]
    thing = still_due(session, event, number, date.fromisoformat(message.payload["due"]))
    if thing is None or not message.recipient.startswith("user:") or thing.user_id is not None:
        return thing is not None
    roles = (Role.ORG_OWNER,) if thing.owners_only else (Role.ORG_OWNER, Role.ORG_EDITOR)
    places = (
        sa.and_(RoleGrant.organization_id == thing.organization_id, RoleGrant.role.in_(roles)),
        sa.and_(RoleGrant.school_id == thing.school_id, RoleGrant.role == Role.SCHOOL_LEADER),
    )
    held = sa.select(RoleGrant.id).where(
        RoleGrant.user_id == int(message.recipient.removeprefix("user:")),
        RoleGrant.state == GrantState.ACTIVE,
        sa.or_(*places),
    )
    return session.scalars(held.limit(1)).first() is not None


def _daily(session: Session, message: OutboxMessage, place: Place) -> Mail | None:
    """One mail from what still holds of its parts; None when nothing does."""
    person, address = _reader(session, message.recipient)
    parts = [mail for row in parts_of(session, message) if (mail := _single(session, row, place)) is not None]
    if not parts or person is None:
        return None
    words = DAILY if len(parts) > 1 else DAILY_OF_ONE
    facts = {"count": str(len(parts)), "choose": place.public_url + CHOOSE}
    items = [{"subject": part.subject, "label": part.label, "link": part.link} for part in parts]
    return _rendered(message.key, Reader(address, person.language, person.name), words, facts, place, items)


def _named(person: User | None, address: str, facts: dict[str, str], *, greets: bool) -> Reader:
    if person is None:
        return Reader(address, facts.get("language", "en"), facts.get("reader", ""))
    return Reader(address, person.language, person.name if greets else "")


def _rendered(
    key: str,
    reader: Reader,
    words: Words,
    facts: dict[str, str],
    place: Place,
    items: Sequence[dict[str, str]] = (),
) -> Mail:
    translate = _translations(reader.language).gettext
    values: dict[str, Any] = {
        "language": reader.language,
        "subject": _one_line(translate(words.subject) % facts),
        "greeting": translate(GREETING) % {"name": reader.name} if reader.name else translate(GREETING_UNKNOWN),
        "items": items,
        "paragraphs": [line for text in words.paragraphs for line in (translate(text) % facts).splitlines()],
        "link_label": translate(words.label),
        "link": place.public_url + words.path % facts,
        "district": place.district,
        "help": place.mail_from,
    }
    return Mail(
        key=key,
        to=reader.address,
        subject=values["subject"],
        text=_templates().get_template("emails/message.txt").render(values),
        html=_templates().get_template("emails/message.html").render(values),
        label=values["link_label"],
        link=values["link"],
    )


def _one_line(text: str) -> str:
    """A subject is one line, whatever an organization is called."""
    return " ".join(text.split())[:180]
