"""What every page shows around its content: names, navigation for the person's audience, the account menu."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.core import Locale
from babel.dates import format_date, format_datetime
from flask import Flask, current_app, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from vetting.clock import DISTRICT_ZONE
from vetting.extensions import db
from vetting.forms.shortcuts import SHORTCUTS, chosen
from vetting.models import Role
from vetting.policy import CHECKS_EVIDENCE, Actor, Permission
from vetting.queries import countersigning, reviews
from vetting.text import N_, Message
from vetting.translations import said
from vetting.views.errors import translated
from vetting.views.guard import actor, may
from vetting.views.steps import step_url

STATIC = Path(__file__).resolve().parent.parent / "static"

DEFAULT_LOCALE = Locale("en")
RIGHT_TO_LEFT = frozenset({"ar"})


@cache
def _fingerprint(name: str) -> str:
    path = STATIC / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "missing"


def asset(name: str) -> str:
    """The address of a static file with its content's hash, so that browsers may keep it for good."""
    return url_for("static", filename=name, v=_fingerprint(name))


def localdate(value: date | datetime | None, form: str = "long") -> str:
    """A date in words; an instant is shown on the district's local day."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(DISTRICT_ZONE).date()
    return _day_in_words(value, "medium" if form == "short" else "long", get_locale())


def localsecond(value: datetime | None) -> str:
    """An instant to the second in the district's zone, with the zone named; for receipts."""
    if value is None:
        return ""
    local = value.astimezone(DISTRICT_ZONE)
    words = format_datetime(local.replace(tzinfo=None), "MMMM d, y, h:mm:ss a", locale=get_locale() or DEFAULT_LOCALE)
    return f"{words} {local.tzname()}"


def localtime(value: datetime | None) -> str:
    """An instant in the district's zone, with the zone named."""
    if value is None:
        return ""
    local = value.astimezone(DISTRICT_ZONE)
    return f"{_minute_in_words(local.replace(second=0, microsecond=0, tzinfo=None), get_locale())} {local.tzname()}"


# Spelling a date out costs more than a row of a list, and a day is named on many pages.
@lru_cache(maxsize=4096)
def _day_in_words(day: date, form: str, locale: Locale | None) -> str:
    return format_date(day, form, locale=locale or DEFAULT_LOCALE)


@lru_cache(maxsize=4096)
def _minute_in_words(minute: datetime, locale: Locale | None) -> str:
    return format_datetime(minute, "MMMM d, y, h:mm a", locale=locale or DEFAULT_LOCALE)


def cents(value: int | None) -> str:
    """Integer cents as dollars; whole dollars without the cents."""
    if value is None:
        return ""
    sign, value = ("-", -value) if value < 0 else ("", value)
    return f"{sign}${value // 100:,}" if value % 100 == 0 else f"{sign}${value // 100:,}.{value % 100:02d}"


def sentence(value: Message | str) -> str:
    """A sentence of the core in the reader's language."""
    return translated(value)


def lines(value: str) -> Markup:
    """Plain text with its line ends kept."""
    return Markup("<br>").join(escape(line) for line in value.splitlines())


@dataclass(frozen=True)
class NavigationItem:
    """A place in the navigation, for whom it is there, and which other addresses belong to it.

    `seldom`: stands under "More" for people who have many places. `count`: how many things wait for them there.
    """

    label: str
    endpoint: str
    shown: Callable[[Actor], bool]
    covers: tuple[str, ...] = ()
    seldom: bool = False
    count: Callable[[Session, Actor], int] | None = None

    def reach(self, path: str, href: str) -> tuple[int, bool]:
        """How much of the address is this place's, and whether it is its own: of two, the place itself wins."""
        own = href.rstrip("/")
        return max(
            ((len(start), start == own) for start in (own, *self.covers) if f"{path}/".startswith(f"{start}/")),
            default=(0, False),
        )


def _in(*roles: Role) -> Callable[[Actor], bool]:
    wanted = frozenset(roles)
    return lambda person: bool(person.roles & wanted)


def _signs(person: Actor) -> bool:
    return bool(person.schools) or Role.DISTRICT_SIGNATORY in person.roles or Role.ORG_SIGNER in _all_roles(person)


def _sees_schools(person: Actor) -> bool:
    return bool(person.schools) or bool(
        person.roles & {Role.DIRECTOR, Role.COORDINATOR, Role.FINANCE, Role.AUDITOR, Role.DISTRICT_SIGNATORY}
    )


def _applies(person: Actor) -> bool:
    """Belongs to an organization, or has no part here yet and so may register one."""
    return bool(person.organizations) or (person.signed_in and not person.roles and not person.schools)


def _visitor(person: Actor) -> bool:
    return not person.signed_in


NAVIGATION: tuple[NavigationItem, ...] = (
    NavigationItem(N_("Become a partner"), "public.become", _visitor),
    NavigationItem(
        N_("Queue"),
        "queue.index",
        lambda person: person.in_office,
        covers=("/desk/bulk", "/desk/cases", "/desk/recusals", "/desk/reviews", "/desk/views"),
    ),
    NavigationItem(
        N_("Your reviews"), "reviews.index", _in(Role.REVIEWER), covers=("/desk/standards",), count=reviews.owed
    ),
    NavigationItem(N_("Documents to check"), "evidence_desk.index", _in(*CHECKS_EVIDENCE)),
    NavigationItem(N_("Signed papers"), "paper.index", _in(Role.COORDINATOR, Role.DIRECTOR), seldom=True),
    NavigationItem(N_("Overview"), "lead.index", _in(Role.DIRECTOR, Role.COORDINATOR, Role.AUDITOR)),
    NavigationItem(N_("Assigning"), "assigning.index", _in(Role.COORDINATOR, Role.DIRECTOR)),
    NavigationItem(
        N_("Organizations"),
        "organizations.index",
        lambda person: person.in_office,
        covers=("/desk/assisted", "/desk/duplicates", "/desk/room-for-files"),
    ),
    NavigationItem(
        N_("Running out"),
        "lapses.index",
        _in(Role.DIRECTOR, Role.COORDINATOR, Role.RISK, Role.AUDITOR),
        covers=("/desk/waivers",),
    ),
    NavigationItem(N_("Records"), "retention.index", _in(Role.RECORDS_OFFICER)),
    NavigationItem(N_("Renewals"), "renewal_runs.index", _in(Role.DIRECTOR, Role.COORDINATOR), seldom=True),
    NavigationItem(N_("Rounds"), "rounds.index", _in(Role.DIRECTOR, Role.COORDINATOR), covers=("/desk/extensions",)),
    NavigationItem(N_("Your organization"), "applicant.home", _applies),
    NavigationItem(N_("Schools"), "schools.index", _sees_schools, covers=("/partnerships",)),
    NavigationItem(
        N_("To countersign"), "countersigning.index", _in(Role.DISTRICT_SIGNATORY), count=countersigning.count
    ),
    NavigationItem(N_("To sign"), "agreements.to_sign", _signs),
    NavigationItem(N_("To approve"), "courses.to_approve", _in(Role.FINANCE)),
    NavigationItem(N_("Fund"), "fund.index", _in(Role.DIRECTOR, Role.FINANCE, Role.COORDINATOR, Role.AUDITOR)),
    NavigationItem(N_("People"), "admin.people", _in(Role.SYSTEM_ADMIN)),
    NavigationItem(N_("Virus check"), "scanned_files.index", _in(Role.SYSTEM_ADMIN)),
    NavigationItem(N_("Find a program"), "directory.index", lambda person: True),
    NavigationItem(N_("Bring partners along"), "imports.index", _in(Role.SYSTEM_ADMIN, Role.DIRECTOR), seldom=True),
    NavigationItem(N_("Forms"), "form_admin.index", _in(Role.SYSTEM_ADMIN, Role.DIRECTOR), seldom=True),
    NavigationItem(N_("Parts of the desk"), "features.index", _in(Role.SYSTEM_ADMIN, Role.DIRECTOR), seldom=True),
    NavigationItem(N_("Quality Standards"), "public.standards", _visitor),
    NavigationItem(N_("Check a document"), "verify.index", _visitor),
)
"""The places of the service, in the order people need them."""

FEW_ENOUGH = 8
"""With more places than this, those that are seldom needed stand last, under "More"."""


def navigation(person: Actor) -> Iterator[dict[str, Any]]:
    """The places of the person's audience. `current` is "page" on the place itself, "true" on what lies under it."""
    items = [item for item in NAVIGATION if item.shown(person) and item.endpoint in current_app.view_functions]
    places = [(item, url_for(item.endpoint)) for item in items]
    nearest = max(places, key=lambda place: place[0].reach(request.path, place[1]), default=None)
    for item, href in places:
        here = nearest is not None and item is nearest[0] and item.reach(request.path, href)[0] > 0
        yield {
            "label": _(item.label),
            "href": href,
            "current": "page" if request.path == href else "true" if here else "",
            "more": item.seldom and len(items) > FEW_ENOUGH,
            "badge": _waiting_at(item, person),
        }


def _waiting_at(item: NavigationItem, person: Actor) -> int:
    if item.count is None:
        return 0
    try:
        return item.count(db.session(), person)
    except SQLAlchemyError:
        # The navigation stands on the page as well that says that the database is gone.
        db.session.rollback()
        return 0


def _all_roles(person: Actor) -> frozenset[Role]:
    return frozenset(role for roles in person.organizations.values() for role in roles)


def _shortcuts(person: Actor) -> list[dict[str, Any]] | None:
    """The keys of a person in the office who switched shortcuts on."""
    keys = chosen(current_user.preferences) if person.in_office else None
    if keys is None:
        return None
    return [{"name": name, "key": key, "words": SHORTCUTS[name][0]} for name, key in keys.items() if key]


def context() -> dict[str, Any]:
    """What every template is given."""
    settings = current_app.config["SETTINGS"]
    person = actor()
    has = current_app.view_functions.__contains__
    account = None
    if person.signed_in:
        links = [(_("Your account"), "account.index"), (_("Sign-in and security"), "account.security")]
        account = {
            "name": person.name,
            "email": person.email,
            "links": [{"label": label, "href": url_for(end)} for label, end in links if has(end)],
            "sign_out_href": url_for("security.logout"),
        }
    footer = [
        (_("Quality Standards"), "public.standards"),
        (_("Partnership Effectiveness Framework"), "public.effectiveness"),
        (_("Partnership landscape"), "public.landscape"),
        (_("Check a document"), "verify.index"),
        (_("How this works"), "public.how"),
    ]
    language = str(get_locale() or "en").replace("_", "-")
    return {
        "site": {
            "product": _("Partner Vetting"),
            "district": settings.district_name,
            "home_url": url_for("public.home"),
            "sign_in_url": url_for("security.login"),
            "mail_url": "" if settings.production or not has("development.mail") else url_for("development.mail"),
            "help_email": settings.mail_from,
            "help_phone": settings.help_phone,
            "help_hours": settings.help_hours or _("Monday to Friday, 9 a.m. to 5 p.m."),
            "interpreters": ", ".join(_(name) for name in settings.interpreter_languages),
            "accessibility_url": url_for("public.accessibility") if has("public.accessibility") else "/accessibility",
            "footer_links": [{"label": label, "href": url_for(end)} for label, end in footer if has(end)],
        },
        "nav": list(navigation(person)),
        "account": account,
        "shortcuts": _shortcuts(person),
        "shortcuts_href": "/account/shortcuts",
        "demo": settings.demo,
        "page_language": language,
        "page_direction": "rtl" if language.split("-")[0] in RIGHT_TO_LEFT else "ltr",
        "may": may,
        "leads_schools": _sees_schools(person),
        # Who works at the desk meets forms too; the frame keeps its width, so that nothing jumps.
        "wide": person.in_office or _sees_schools(person),
        "Permission": Permission,
        "actor": person,
    }


def register(app: Flask) -> None:
    """Give templates their filters, globals and context."""
    app.jinja_env.globals.update(asset=asset, step_url=step_url, _=said)
    app.jinja_env.filters.update(localsecond=localsecond)
    app.jinja_env.filters.update(localdate=localdate, localtime=localtime, cents=cents, sentence=sentence, lines=lines)
    app.context_processor(context)
