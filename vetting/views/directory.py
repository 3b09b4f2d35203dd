"""The public directory: find a program, read about it and about its organization."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.data.vocabulary import load_categories, load_vocabulary
from vetting.extensions import db
from vetting.models import DesignationKind, Organization, Program
from vetting.policy import Permission
from vetting.queries import directory
from vetting.queries.directory_question import EXACT_UP_TO, Place, Wanted
from vetting.queries.search import LONGEST_QUERY
from vetting.text import N_
from vetting.views import paging
from vetting.views.chrome import localdate
from vetting.views.guard import actor, guarded

bp = Blueprint("directory", __name__)

# Stands for a reference in an address that is built once for all cards.
PLACE = "REF-0000-0000"

# Facet, its label, the list its words come from, and whether it stands in the first row.
FILTERS: tuple[tuple[str, str, str, bool], ...] = (
    ("category", N_("Category"), "", True),
    ("grade", N_("Grade"), "grades", True),
    ("day", N_("Day"), "days", True),
    ("time", N_("Time"), "times_of_day", True),
    ("language", N_("Language"), "languages", True),
    ("cost", N_("Cost to families"), "cost_bands", True),
    ("neighborhood", N_("Near"), "neighborhoods", False),
    ("season", N_("Season"), "seasons", False),
    ("delivery_mode", N_("How it is offered"), "delivery_modes", False),
    ("target_group", N_("For whom"), "target_groups", False),
    ("organization_kind", N_("Kind of organization"), "organization_kinds", False),
    ("badge", N_("Partner type"), "partner_types", False),
    ("school", N_("School"), "", False),
)

STANDING = {
    DesignationKind.PARTNER: N_("School-Community Partner"),
    DesignationKind.PORTFOLIO: N_("Opportunity Portfolio Partner"),
    DesignationKind.FUNDED: N_("Funded Partner"),
}


@cache
def words_for(facet: str) -> Mapping[str, str]:
    """The choices of a facet in order, by key. The school facet has none of its own."""
    if facet == "category":
        return {category.key: category.name for category in load_categories().categories}
    source = next((source for name, _label, source, _first in FILTERS if name == facet), "")
    return {word.key: word.name for word in load_vocabulary()[source].items} if source else {}


@bp.get("/directory")
@guarded(Permission.PUBLIC_READ)
def index() -> str:
    """Search and filter approved programs; the address holds the whole question."""
    asked = wanted()
    found = directory.find(db.session(), asked)
    shared = {"q": asked.text, **asked.facets}
    shared = {name: value for name, value in shared.items() if value}
    fields = [_filter(*row, asked, found) for row in FILTERS]
    return render_template(
        "directory/index.html",
        asked=asked,
        found=found,
        total=_total(found.total),
        first=[item for item in fields if item["first"]],
        near=next(item for item in fields if item["name"] == "neighborhood"),
        more=[item for item in fields if not item["first"] and item["name"] != "neighborhood"],
        active=list(_active(fields, shared)),
        cards=card_words(found.cards),
        earlier=_page(shared, "before", found.earlier),
        later=_page(shared, "after", found.later),
    )


def _total(number: int) -> str:
    if number > EXACT_UP_TO:
        return str(_("%(num)s+ programs", num=f"{EXACT_UP_TO:,}"))
    return str(ngettext("%(num)s program", "%(num)s programs", number))


def wanted() -> Wanted:
    """The question in the address. A choice that does not exist is left out, as if it had not been asked."""
    facets = {}
    for name, _label, _source, _first in FILTERS:
        value = request.args.get(name, "")
        if value and (name == "school" or value in words_for(name)) and len(value) <= 80:
            facets[name] = value
    text = " ".join(request.args.get("q", "").replace("\0", "").split())[:LONGEST_QUERY]
    return Wanted(text, facets, _place("after"), _place("before"))


def _place(name: str) -> Place | None:
    place = paging.place_of(request.args.get(name, ""), int, str, int)
    return place if place is not None and place[0] <= 1 else None


def _page(shared: Mapping[str, str], name: str, place: Place | None) -> str | None:
    if place is None:
        return None
    return address({**shared, name: paging.token(place)})


def address(question: Mapping[str, str]) -> str:
    """The address of the list for a question."""
    path = url_for("directory.index")
    return f"{path}?{urlencode(question)}" if question else path


def _filter(name: str, label: str, source: str, first: bool, asked: Wanted, found: directory.Results) -> dict[str, Any]:
    chosen = asked.facets.get(name, "")
    choices: list[tuple[str, str, int | None]]
    if name == "school":
        choices = list(found.schools)
        if chosen and chosen not in {key for key, _words, _count in choices}:
            choices.append((chosen, chosen, 0))
    elif found.counts is None:
        choices = [(key, _(words), None) for key, words in words_for(name).items()]
    else:
        counts = found.counts[name]
        choices = [(key, _(words), counts.get(key, 0)) for key, words in words_for(name).items()]
        choices = [item for item in choices if item[2] or item[0] == chosen]
    counted = ((key, words if count is None else f"{words} ({count})") for key, words, count in choices)
    options = [("", _("Any")), *counted]
    names = {key: words for key, words, _count in choices}
    return {
        "name": name,
        "label": _(label),
        "value": chosen,
        "options": options,
        "words": names.get(chosen, chosen),
        "first": first,
    }


def _active(fields: list[dict[str, Any]], shared: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for item in fields:
        if item["value"]:
            rest = {name: value for name, value in shared.items() if name != item["name"]}
            label = f"{item['label']}: {item['words']}"
            yield {"label": label, "remove_href": address(rest)}


@dataclass(frozen=True, slots=True)
class CardWords:
    """A program in a list, in words."""

    href: str
    name: str
    organization: str
    organization_href: str
    summary: str
    facts: list[str]
    standing: str
    since: str
    until: str
    schools: str


def card_words(cards: Iterable[directory.Card]) -> list[CardWords]:
    """Programs in a list, in words. Addresses are built once for all of them."""
    program_at = url_for("directory.program", reference=PLACE)
    organization_at = url_for("directory.organization", reference=PLACE)
    found = []
    for card in cards:
        program, best, until = card.program, card.standings[0] if card.standings else None, _until(card)
        found.append(
            CardWords(
                href=program_at.replace(PLACE, program.reference),
                name=program.name,
                organization=program.organization_name,
                organization_href=organization_at.replace(PLACE, program.organization),
                summary=program.summary,
                facts=[fact for fact in _facts(card) if fact],
                standing=_(STANDING[best.kind]) if best else "",
                since=_("since %(year)s", year=best.since.year) if best else "",
                until=_("approved until %(day)s", day=localdate(until)) if until else "",
                schools=ngettext("at %(num)s school", "at %(num)s schools", card.schools) if card.schools else "",
            )
        )
    return found


def _facts(card: directory.Card) -> Iterator[str]:
    yield grades_words(card.program)
    yield named(card.values("day"), "day")
    yield named(card.values("time"), "time")
    yield named(card.values("cost"), "cost")
    yield named(card.values("language"), "language")


def _until(card: directory.Card) -> Any:
    """The approval in the list is the organization's own, which everything else stands on."""
    ends = [item.until for item in card.standings if item.kind is DesignationKind.PARTNER]
    ends = ends or [item.until for item in card.standings]
    return ends[0] if ends else None


def named(values: Sequence[str], facet: str) -> str:
    """Values of a facet in words, in the order of its list."""
    return ", ".join(_(words) for key, words in words_for(facet).items() if key in values)


def grades_words(program: directory.Listing) -> str:
    """Grades from the lowest to the highest: ``Grades 3 to 8``."""
    names = ("PK", "K", *(str(number) for number in range(1, 13)))
    if program.grade_from is None or program.grade_to is None:
        return ""
    low, high = names[program.grade_from], names[program.grade_to]
    if low == high:
        return str(_("Grade %(grade)s", grade=low))
    return str(_("Grades %(low)s to %(high)s", low=low, high=high))


def load_program(session: Session, reference: str) -> Program | None:
    """A program that is public now."""
    return directory.program(session, reference)


def load_organization(session: Session, reference: str) -> Organization | None:
    """An organization that is public now; one that was merged leads to where everything of it is."""
    return directory.organization(session, reference) or directory.survivor(session, reference)


@bp.get("/directory/programs/<reference>")
@guarded(Permission.PUBLIC_READ, load_program)
def program(subject: Program) -> str:
    """One program: what, who, when, where, and how it was vetted."""
    session = db.session()
    return render_template(
        "directory/program.html",
        program=subject,
        organization=subject.organization,
        sections=list(_sections(subject)),
        standings=[
            {"words": _(STANDING[item.kind]), "since": item.since, "until": item.until}
            for item in directory.standings_of(session, [subject]).get(subject.id, [])
        ],
        schools=directory.schools_of(session, subject),
        may_propose=bool(actor().schools),
    )


def _sections(program: Program) -> Iterator[dict[str, Any]]:
    """The public answers under the questions a family would ask."""
    profile = program.profile

    def words(key: str, source: str) -> str:
        value = profile.get(key)
        chosen = value if isinstance(value, list) else [value]
        return ", ".join(_(word.name) for word in load_vocabulary()[source].items if word.key in chosen)

    def row(key: str, value: Any) -> dict[str, Any]:
        return {"key": key, "value": value}

    hours, most = profile.get("hours_total"), profile.get("max_students")
    pays = {"yes": _("Yes, by agreement"), "no": _("No")}.get(str(profile.get("cost_to_school", "")), "")
    sections = [
        (_("Who it is for"), [
            row(_("Grades"), words("grades", "grades")),
            row(_("Groups of students"), words("target_groups", "target_groups")),
            row(_("Students at one site"), _("Up to %(n)s", n=most) if most else ""),
        ]),
        (_("When"), [
            row(_("Season"), words("season", "seasons")),
            row(_("Days"), words("days_of_week", "days")),
            row(_("Times"), words("times_of_day", "times_of_day")),
            row(_("Hours for one student in a year"), hours),
        ]),
        (_("Where"), [
            row(_("How it is offered"), words("delivery_mode", "delivery_modes")),
            row(_("Place"), words("location_kind", "location_kinds")),
            row(_("Neighborhoods"), words("neighborhoods_served", "neighborhoods")),
        ]),
        (_("Languages and access"), [
            row(_("Languages"), words("languages_offered", "languages")),
            row(_("Students with disabilities"), profile.get("accessibility_supports", "")),
        ]),
        (_("Cost"), [
            row(_("Families pay"), words("cost_to_families", "cost_bands")),
            row(_("Schools pay"), pays),
        ]),
    ]  # fmt: skip
    for title, rows in sections:
        known = [item for item in rows if item["value"]]
        if known:
            yield {"title": title, "rows": known}


@bp.get("/directory/organizations/<reference>")
@guarded(Permission.PUBLIC_READ, load_organization)
def organization(subject: Organization) -> str | Response:
    """One organization with its approved programs."""
    if (request.view_args or {}).get("reference") != subject.reference:
        return redirect(url_for("directory.organization", reference=subject.reference), code=301)
    cards = directory.programs_of(db.session(), subject)
    kinds = {word.key: word.name for word in load_vocabulary()["organization_kinds"].items}
    return render_template(
        "directory/organization.html",
        organization=subject,
        kind=_(kinds[subject.kind]) if subject.kind in kinds else "",
        standings=[
            {"words": _(STANDING[item.kind]), "since": item.since, "until": item.until}
            for item in (cards[0].standings if cards else ())
            if item.kind is not DesignationKind.PORTFOLIO
        ],
        cards=card_words(cards),
    )
