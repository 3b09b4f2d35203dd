"""What loading would do with each row of the office's list, given what is there now. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from vetting import clock
from vetting.calendar_days import (
    fiscal_year_bounds,
    fiscal_year_of,
    next_school_year,
    school_year_bounds,
    school_year_of,
)
from vetting.imports.partner_columns import ACTIVE
from vetting.imports.partners import Line
from vetting.models import (
    BroughtAlong,
    Designation,
    DesignationKind,
    DesignationState,
    Organization,
    Partnership,
    PartnershipState,
    PartnerState,
    Program,
    ProgramState,
    RowPlan,
)
from vetting.queries.brought_along import World
from vetting.questionnaires.ein import masked_ein
from vetting.refs import folded
from vetting.sealing import Sealer
from vetting.text import N_, Message, say
from vetting.workflows.effects.profiles import ORGANIZATION_FIELDS

Period = tuple[date, date]

LISTED_NEEDS = ("program_name", "short_description", "service_category", "grades")
"""What the directory says of every program; one of the list without it is completed by the partner first."""
LIVE = frozenset({DesignationState.SCHEDULED, DesignationState.IN_FORCE})
GOOD_STANDING = frozenset({PartnerState.PARTNER, PartnerState.PORTFOLIO, PartnerState.FUNDED})

GONE = N_("“%(name)s” has left the partnership. Nothing is loaded for it.")
MERGED = N_("“%(name)s” was merged into another organization. Use the key of that one.")


@dataclass
class Decision:
    """What would happen to a row. ``changes`` are dicts of what, before and after, fit for a page.

    ``answers`` are all that is known with this row; ``period`` is the time to hold, where it is new.
    """

    plan: RowPlan
    organization: Organization | None = None
    subject: Any = None
    problems: list[Message] = field(default_factory=list)
    changes: list[dict[str, str]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    period: Period | None = None


def bad(text: str, **values: str | int) -> Decision:
    """A row that cannot be loaded as things are."""
    return Decision(RowPlan.BAD, problems=[say(text, **values)])


def settled(decision: Decision) -> Decision:
    """A row about something that is there: new facts, or nothing to do."""
    decision.plan = RowPlan.UPDATE if decision.changes else RowPlan.LEAVE
    return decision


def partner(line: Line, world: World, organization: Organization | None, sealer: Sealer) -> Decision:
    """What happens to the row of a partner that is ``organization``, or a new one."""
    masked = line.values.get("tax_id")
    if organization is None:
        if masked:
            return bad(N_("Write the whole tax ID. Only its last four digits are here, and this partner is new to us."))
        made = Decision(RowPlan.CREATE, answers=_sealed(line, {}, sealer), period=line.period("partner"))
        if made.period is not None:
            made.changes = [_change("partner", "", _days(made.period))]
        return made
    if organization.state in {PartnerState.EXITED, PartnerState.MERGED}:
        text = GONE if organization.state is PartnerState.EXITED else MERGED
        return bad(text, name=organization.legal_name)
    told = world.told_of(organization)
    if masked and masked not in {organization.ein_last4, _last4(told)}:
        return bad(
            N_("The tax ID of “%(name)s” ends in other digits. Write the whole number."), name=organization.legal_name
        )
    before: Mapping[str, Any] = told.answers if told is not None else _facts(organization)
    found = Decision(RowPlan.LEAVE, organization, organization, answers=_sealed(line, before, sealer))
    if told is None:
        found.changes.append(_change("partner_key", organization.import_key or "", line.key))
    found.changes += _differences(before, found.answers)
    period = line.period("partner")
    if period is not None and (old := _held(organization, period, kind=DesignationKind.PARTNER)) is not None:
        found.period = period
        found.changes.append(_change("partner", old, _days(period)))
    return settled(found)


def _last4(told: BroughtAlong | None) -> str | None:
    """The end of the tax id that an earlier list gave: the sponsor's, where the organization has none of its own."""
    number = told.answers.get("ein") if told is not None else None
    return str(number.get("last4")) if isinstance(number, Mapping) else None


def own_tax_id(line: Line) -> str | None:
    """The tax id of the partner itself; under a fiscal sponsor the number is the sponsor's and says nothing of it."""
    number = line.answers.get("ein")
    return None if number is None or line.answers.get("nonprofit_status") == "fiscal_sponsor" else str(number)


def _sealed(line: Line, before: Mapping[str, Any], sealer: Sealer) -> dict[str, Any]:
    """What was known with what the row says; a tax id that stays the same keeps its seal."""
    answers = {**before, **line.answers}
    if "contact_language" in line.values:
        answers["contact_language"] = line.values["contact_language"]
    number = line.answers.get("ein")
    if number is not None:
        old = before.get("ein")
        same = isinstance(old, Mapping) and old.get("digest") == sealer.digest(number)
        answers["ein"] = old if same else sealer.seal(number)
    return answers


def _facts(organization: Organization) -> dict[str, Any]:
    """What is known of an organization that no list brought."""
    found: dict[str, Any] = {
        key: getattr(organization, column)
        for key, column in ORGANIZATION_FIELDS.items()
        if getattr(organization, column)
    }
    if organization.ein_digest and organization.ein_encrypted and organization.ein_last4:
        found["ein"] = {
            "last4": organization.ein_last4,
            "digest": organization.ein_digest,
            "sealed": organization.ein_encrypted.decode("ascii"),
        }
    return found


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        _change(key, _text(before.get(key)), _text(value)) for key, value in after.items() if before.get(key) != value
    ]


def _change(what: str, before: str, after: str) -> dict[str, str]:
    return {"what": what, "before": before, "after": after}


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return masked_ein(str(value.get("last4", "")))
    if isinstance(value, list):
        return "; ".join(str(item) for item in value)
    text = "" if value is None else str(value)
    return text if len(text) <= 120 else f"{text[:119]}…"


def _days(period: Period) -> str:
    return f"{period[0].isoformat()} – {period[1].isoformat()}"


def _held(organization: Organization, period: Period, **scope: Any) -> str | None:
    """What stands in the place of these days now, or None where they need not be touched."""
    alike = [d for d in organization.designations if all(getattr(d, name) == value for name, value in scope.items())]
    live = [d for d in alike if d.state in LIVE]
    if not all(from_a_list(d) for d in live):
        # Our own decision says how long; a list does not change it.
        return None
    if live:
        return None if _same_days(live[0], period) else _span(live[0])
    over = {DesignationState.ENDED, DesignationState.REVOKED, DesignationState.CANCELLED}
    return None if any(d.state in over and _same_days(d, period) for d in alike) else ""


def from_a_list(designation: Designation) -> bool:
    """Whether no decision or agreement of ours stands behind it."""
    return designation.application_id is None and designation.agreement_id is None


def _same_days(designation: Designation, period: Period) -> bool:
    return (designation.starts_on, designation.ends_on) == period


def _span(designation: Designation) -> str:
    return f"{designation.starts_on.isoformat()} – {designation.ends_on.isoformat() if designation.ends_on else ''}"


def program(line: Line, world: World, organization: Organization | None) -> Decision:
    """What happens to the row of a program of ``organization``; None: of a partner that this list brings."""
    found = world.programs.get(line.key)
    if found is not None and (organization is None or found.organization_id != organization.id):
        return bad(N_("The key %(key)s stands for a program of another partner already."), key=line.key)
    if organization is None:
        return _new_program(line)
    if organization.state in {PartnerState.EXITED, PartnerState.MERGED}:
        return bad(GONE if organization.state is PartnerState.EXITED else MERGED, name=organization.legal_name)
    if found is None:
        found = _by_name(organization, str(line.answers.get("program_name", "")))
        known = world.told_of(organization, found) if found is not None else None
        if known is not None and known.program_key != line.key:
            return bad(N_("This program is known under the key %(key)s. Use that."), key=known.program_key or "")
    if found is not None:
        return _known_program(line, world, organization, found)
    made = _new_program(line)
    made.organization = organization
    return made


def _new_program(line: Line) -> Decision:
    made = Decision(RowPlan.CREATE, answers=dict(line.answers), period=line.period("portfolio"))
    if made.period is not None:
        made.changes = [_change("portfolio", "", _days(made.period))]
    return made


def _by_name(organization: Organization, name: str) -> Program | None:
    return next((p for p in organization.programs if folded(p.name) == folded(name)), None)


def _known_program(line: Line, world: World, organization: Organization, found: Program) -> Decision:
    if found.state in {ProgramState.IN_REVIEW, ProgramState.ARCHIVED}:
        return bad(N_("“%(name)s” is in review or archived. It is not changed from a list."), name=found.name)
    told = world.told_of(organization, found)
    before: Mapping[str, Any] = told.answers if told is not None else {**found.profile, "program_name": found.name}
    decision = Decision(RowPlan.LEAVE, organization, found, answers={**before, **line.answers})
    if told is None:
        decision.changes.append(_change("program_key", "", line.key))
    decision.changes += _differences(before, decision.answers)
    period = line.period("portfolio")
    if period is not None:
        scope = {
            "kind": DesignationKind.PORTFOLIO,
            "program_id": found.id,
            "category_key": line.values["portfolio_category"],
        }
        old = _held(organization, period, **scope)
        if old is not None:
            decision.period = period
            decision.changes.append(_change("portfolio", old, _days(period)))
    return settled(decision)


def complete(answers: Mapping[str, Any]) -> bool:
    """Whether a program says enough to be listed."""
    return all(answers.get(key) for key in LISTED_NEEDS)


def school_years() -> tuple[str, str]:
    """The years that a list of present partnerships may speak of."""
    this = school_year_of(clock.today())
    return this, next_school_year(this)


def partnership(line: Line, world: World, found: Program | None, organization: Organization | None) -> Decision:
    """What happens to the row of a partnership; ``found`` is None for a program that this list brings."""
    year, school = str(line.values["school_year"]), world.schools.get(str(line.values["dese_id"]))
    if school is None:
        return bad(
            N_("There is no school with the id %(id)s. Import the schools first."), id=str(line.values["dese_id"])
        )
    if year not in school_years():
        return bad(
            N_("This list is for partnerships of %(this)s and %(next)s."),
            this=school_years()[0],
            next=school_years()[1],
        )
    money = line.period("money")
    fiscal_year = fiscal_year_of(school_year_bounds(year)[0])
    first, last = fiscal_year_bounds(fiscal_year)
    if money is not None and not first <= money[0] <= money[1] <= last:
        return bad(N_("District money is for days of %(year)s, from %(first)s to %(last)s."), year=fiscal_year,
                   first=first.isoformat(), last=last.isoformat())  # fmt: skip
    there = world.partnerships.get((found.id, school.id, year)) if found is not None else None
    if there is None:
        made = Decision(RowPlan.CREATE, organization, period=money)
        if money is not None:
            made.changes = [_change("money", "", _days(money))]
        return made
    return _known_partnership(line, there, organization, fiscal_year, money)


def _known_partnership(
    line: Line, there: Partnership, organization: Organization | None, fiscal_year: str, money: Period | None
) -> Decision:
    decision = Decision(RowPlan.LEAVE, organization, there)
    if there.state is PartnershipState.PROPOSED:
        # The school has yet to confirm it, and a list does not do that for its leader.
        return decision
    if line.values["state"] == ACTIVE and there.state is PartnershipState.CONFIRMED:
        decision.changes.append(_change("state", there.state.value, ACTIVE))
    if money is not None and organization is not None:
        scope = {"kind": DesignationKind.FUNDED, "school_id": there.school_id, "fiscal_year": fiscal_year}
        old = _held(organization, money, **scope)
        if old is not None:
            decision.period = money
            decision.changes.append(_change("money", old, _days(money)))
    return settled(decision)


def in_good_standing(organization: Organization | None, period: Period | None) -> bool:
    """Whether a partner may have partnerships now: approved here, or by the days of the list."""
    today = clock.today()
    if period is not None and period[0] <= today <= period[1]:
        return True
    return organization is not None and organization.state in GOOD_STANDING
