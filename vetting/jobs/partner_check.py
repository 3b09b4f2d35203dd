"""The look at a whole list before anything is written: who is who, what looks alike, what would happen to each row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from vetting.imports.lookalikes import NEARLY_ALIKE, bare, pairs, similarity
from vetting.imports.partners import Line
from vetting.imports.partners import as_data as in_words
from vetting.jobs import partner_plan
from vetting.jobs.partner_plan import Decision, bad
from vetting.models import Organization, PairChoice, PartnerImportPair, RowPlan, Sheet
from vetting.queries import brought_along
from vetting.queries.brought_along import Asked, World
from vetting.refs import folded
from vetting.sealing import Sealer
from vetting.text import N_, say

RENAMED = 60.0
"""Below this likeness of names, a key alone does not prove that two are the same."""

Progress = Callable[[int, int], None]


@dataclass
class Pair:
    """A row that may be the same partner as another row or as an organization that is there."""

    position: int
    other: int | None
    organization: Organization | None
    why: str
    mark: str
    said: PartnerImportPair | None = None


@dataclass
class Planned:
    """One row with what would happen to it. ``same_as``: the position of the row that it only repeats.

    ``about``: the id of the organization that a row is about, also of a row that cannot be loaded.
    """

    position: int
    line: Line
    decision: Decision
    same_as: int | None = None
    about: int | None = None


@dataclass
class Checked:
    """A whole list, checked."""

    rows: list[Planned]
    pairs: list[Pair]
    world: World

    @property
    def fingerprint(self) -> str:
        """A digest of everything that would happen."""
        told = [
            [
                row.position,
                row.decision.plan.value,
                row.same_as,
                row.decision.organization.id if row.decision.organization is not None else None,
                row.decision.changes,
                [str(problem) for problem in row.decision.problems],
            ]
            for row in self.rows
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows of each sheet there are by plan."""
        found: dict[str, dict[str, int]] = {}
        for row in self.rows:
            by_plan = found.setdefault(row.line.sheet.value, {})
            by_plan[row.decision.plan.value] = by_plan.get(row.decision.plan.value, 0) + 1
        return found


@dataclass
class _Look:
    """What one look gathers on its way."""

    session: Session
    sealer: Sealer
    lines: Sequence[Line]
    world: World
    digests: dict[int, str] = field(default_factory=dict)
    is_there: dict[int, Organization] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    planned: dict[int, Planned] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)

    def good(self, sheet: Sheet) -> dict[int, Line]:
        """Rows of a sheet in which nothing is wrong, by position."""
        return {
            place: line
            for place, line in enumerate(self.lines)
            if line.sheet is sheet and not line.problems and not line.example
        }

    def put(self, position: int, decision: Decision, same_as: int | None = None) -> None:
        self.planned[position] = Planned(position, self.lines[position], decision, same_as)


def check(
    session: Session, sealer: Sealer, lines: Sequence[Line], progress: Progress = lambda done, total: None
) -> Checked:
    """What would happen to every row now. Reads only."""
    digests = {
        place: sealer.digest(number)
        for place, line in enumerate(lines)
        if line.sheet is Sheet.PARTNERS and (number := partner_plan.own_tax_id(line)) is not None
    }
    asked = Asked(
        keys={str(line.values.get("partner_key", "")) for line in lines} - {""},
        digests=set(digests.values()),
        programs={line.key for line in lines if line.sheet is not Sheet.PARTNERS and line.key},
        schools={str(line.values["dese_id"]) for line in lines if "dese_id" in line.values},
    )
    look = _Look(session, sealer, lines, brought_along.world(session, asked), digests)
    progress(1, 4)
    _left_out(look)
    _recognize(look)
    progress(2, 4)
    _compare(look)
    progress(3, 4)
    _partners(look)
    _programs(look)
    _partnerships(look)
    _about(look)
    return Checked([look.planned[place] for place in sorted(look.planned)], look.pairs, look.world)


def _about(look: _Look) -> None:
    """Whom each row names that is there already: by its key, its tax id or its name, by its partner or its program."""
    world = look.world
    names = {name: number for number, (_reference, name) in brought_along.names(look.session).items()}
    partners = {key: organization.id for key, organization in world.by_key.items()}
    programs = {key: program.organization_id for key, program in world.programs.items()}
    for sheet in (Sheet.PARTNERS, Sheet.PROGRAMS, Sheet.PARTNERSHIPS):
        for place, row in look.planned.items():
            line = row.line
            if line.sheet is not sheet or line.example:
                continue
            if row.decision.organization is not None:
                row.about = row.decision.organization.id
            elif row.decision.plan not in {RowPlan.BAD, RowPlan.SKIP}:
                continue
            elif sheet is Sheet.PARTNERS:
                same_number = next((one.id for one in world.by_digest.get(look.digests.get(place, ""), [])), None)
                name = folded(str(line.answers.get("legal_name", "")))
                row.about = partners.get(line.key) or same_number or names.get(name)
            elif sheet is Sheet.PROGRAMS:
                row.about = partners.get(str(line.values.get("partner_key", ""))) or programs.get(line.key)
            else:
                row.about = programs.get(line.key)
            if row.about is not None and line.key and sheet is not Sheet.PARTNERSHIPS:
                (partners if sheet is Sheet.PARTNERS else programs).setdefault(line.key, row.about)


def _left_out(look: _Look) -> None:
    for place, line in enumerate(look.lines):
        if line.example:
            look.put(place, Decision(RowPlan.SKIP, problems=[say(N_("This is the made-up row of the template."))]))
        elif line.problems:
            look.put(place, Decision(RowPlan.BAD))


def _recognize(look: _Look) -> None:
    """Rows whose key or tax id is known, each tied to its organization."""
    for place, line in look.good(Sheet.PARTNERS).items():
        digest = look.digests.get(place)
        name = folded(str(line.answers["legal_name"]))
        known = look.world.by_key.get(line.key)
        if known is None:
            alike = [
                other
                for other in look.world.by_digest.get(digest or "", [])
                if similarity(name, other.name_folded) >= NEARLY_ALIKE and other.state.value != "merged"
            ]
            known = alike[0] if len(alike) == 1 else None
        elif digest is not None and known.ein_digest is not None:
            if digest != known.ein_digest:
                text = N_("The key %(key)s stands for “%(name)s” already, which has another tax ID. Check both.")
                look.put(place, bad(text, key=line.key, name=known.legal_name))
                continue
        elif similarity(name, known.name_folded) < RENAMED:
            text = N_(
                "The key %(key)s stands for “%(name)s” already. Use another key, or add the tax ID if it was renamed."
            )
            look.put(place, bad(text, key=line.key, name=known.legal_name))
            continue
        if known is not None:
            _tie(look, place, known)


def _tie(look: _Look, place: int, organization: Organization) -> None:
    first = look.taken.setdefault(organization.id, place)
    if first != place:
        text = N_("Row %(line)s is the same partner already: “%(name)s”.")
        look.put(place, bad(text, line=look.lines[first].line, name=organization.legal_name))
    else:
        look.is_there[place] = organization


def _compare(look: _Look) -> None:
    """Rows that nothing ties to an organization, against every other row and everything that is there."""
    rows = {
        place: folded(str(line.answers["legal_name"]))
        for place, line in look.good(Sheet.PARTNERS).items()
        if place not in look.planned
    }
    open_rows = {place for place in rows if place not in look.is_there}
    if not open_rows:
        return
    known = brought_along.names(look.session)
    claimed = {organization.id for organization in look.is_there.values()}
    others = {number: name for number, (_reference, name) in known.items() if number not in claimed}
    found = _same_tax_id(look, rows, open_rows)
    for place, is_row, other in pairs(rows, others):
        if is_row:
            _two_rows(found, open_rows, place, other, "name")
        elif place in open_rows:
            found.setdefault((place, False, other), "name")
    for (place, is_row, number), why in sorted(found.items()):
        look.pairs.append(_pair(look, place, is_row, number, why, known))
    said = brought_along.choices(look.session, [pair.mark for pair in look.pairs])
    for pair in look.pairs:
        pair.said = said.get(pair.mark)


def _same_tax_id(look: _Look, rows: Mapping[int, str], open_rows: set[int]) -> dict[tuple[int, bool, int], str]:
    found: dict[tuple[int, bool, int], str] = {}
    for place in sorted(open_rows):
        for organization in look.world.by_digest.get(look.digests.get(place, ""), []):
            found[(place, False, organization.id)] = "tax_id"
    first: dict[str, int] = {}
    for place in sorted(rows):
        digest = look.digests.get(place)
        if digest is not None and first.setdefault(digest, place) != place:
            _two_rows(found, open_rows, place, first[digest], "tax_id")
    return found


def _two_rows(found: dict[tuple[int, bool, int], str], open_rows: set[int], one: int, other: int, why: str) -> None:
    """Of two rows, the one that nothing ties to an organization is asked about; of two such, the lower one."""
    later, earlier = max(one, other), min(one, other)
    if later in open_rows:
        found.setdefault((later, True, earlier), why)
    elif earlier in open_rows:
        found.setdefault((earlier, True, later), why)


def _pair(look: _Look, place: int, is_row: bool, number: int, why: str, known: Mapping[int, tuple[str, str]]) -> Pair:
    here = _mark_of(look, place)
    there = _mark_of(look, number) if is_row else known.get(number, (str(number), ""))[0]
    mark = hashlib.sha256(f"{here}\0{there}".encode()).hexdigest()
    if is_row:
        return Pair(place, number, None, why, mark)
    organization = look.world.by_id.get(number) or look.session.get_one(Organization, number)
    return Pair(place, None, organization, why, mark)


def _mark_of(look: _Look, place: int) -> str:
    line = look.lines[place]
    return f"{line.key}\0{bare(folded(str(line.answers['legal_name'])))}\0{look.digests.get(place, '')}"


def _partners(look: _Look) -> None:
    said: dict[int, list[Pair]] = {}
    for pair in look.pairs:
        said.setdefault(pair.position, []).append(pair)
    for place, line in look.good(Sheet.PARTNERS).items():
        if place in look.planned:
            continue
        choices = [(brought_along.chosen(pair.said), pair) for pair in said.get(place, ())]
        same = next((pair for choice, pair in choices if choice is PairChoice.SAME), None)
        if any(choice is PairChoice.SKIP for choice, _pair_of in choices):
            look.put(place, Decision(RowPlan.SKIP, problems=[say(N_("You chose to leave this row out."))]))
        elif same is not None and same.other is not None:
            text = say(N_("The same partner as row %(line)s, as you chose."), line=look.lines[same.other].line)
            look.put(place, Decision(RowPlan.SKIP, problems=[text]), same_as=same.other)
        elif same is not None and same.organization is not None:
            _same(look, place, line, same.organization)
        elif any(choice is None for choice, _pair_of in choices):
            look.put(
                place, Decision(RowPlan.ASK, problems=[say(N_("It looks like another partner. Say whether it is."))])
            )
        else:
            look.put(place, partner_plan.partner(line, look.world, look.is_there.get(place), look.sealer))


def _same(look: _Look, place: int, line: Line, organization: Organization) -> None:
    """A person said that the row is this organization, unless another row is it as well."""
    _tie(look, place, organization)
    if place in look.is_there:
        if organization.id not in look.world.by_id:
            extra = brought_along.world(look.session, Asked(organizations={organization.id}))
            look.world.by_id |= extra.by_id
            look.world.told |= extra.told
            look.world.own |= extra.own
        look.put(place, partner_plan.partner(line, look.world, organization, look.sealer))


def origin(planned: Mapping[int, Planned], place: int) -> int:
    """The row that stands for a partner: the one that was said to be the same, as far as that leads."""
    seen: set[int] = set()
    while planned[place].same_as is not None and place not in seen:
        seen.add(place)
        place = planned[place].same_as or 0
    return place


def _programs(look: _Look) -> None:
    by_key = {line.key: place for place, line in look.good(Sheet.PARTNERS).items()}
    wrong = {line.key for line in look.lines if line.sheet is Sheet.PARTNERS and line.problems}
    for place, line in look.good(Sheet.PROGRAMS).items():
        key = str(line.values["partner_key"])
        partner = look.planned[origin(look.planned, by_key[key])] if key in by_key else None
        if partner is not None:
            look.put(place, _program_of(look, line, partner))
        elif key in wrong:
            look.put(place, bad(N_("The row of its partner %(key)s has a problem. Mend that first."), key=key))
        elif key in look.world.by_key:
            look.put(place, partner_plan.program(line, look.world, look.world.by_key[key]))
        else:
            text = N_("There is no partner with the key %(key)s, here or in the sheet Partners.")
            look.put(place, bad(text, key=key))


def _program_of(look: _Look, line: Line, partner: Planned) -> Decision:
    plan = partner.decision.plan
    if plan is RowPlan.ASK:
        return Decision(RowPlan.ASK, problems=[say(N_("Waits until you have said who its partner is."))])
    if plan is RowPlan.BAD:
        return bad(N_("The row of its partner %(key)s has a problem. Mend that first."), key=partner.line.key)
    if plan is RowPlan.SKIP:
        return Decision(RowPlan.SKIP, problems=[say(N_("Its partner is left out."))])
    return partner_plan.program(line, look.world, partner.decision.organization)


def _partnerships(look: _Look) -> None:
    by_key = {line.key: place for place, line in look.good(Sheet.PROGRAMS).items()}
    wrong = {line.key for line in look.lines if line.sheet is Sheet.PROGRAMS and line.problems}
    partners = {line.key: place for place, line in look.good(Sheet.PARTNERS).items()}
    for place, line in look.good(Sheet.PARTNERSHIPS).items():
        row = look.planned[by_key[line.key]] if line.key in by_key else None
        found = look.world.programs.get(line.key)
        if row is None and line.key in wrong:
            look.put(place, bad(N_("The row of its program %(key)s has a problem. Mend that first."), key=line.key))
            continue
        if row is None and found is None:
            text = N_("There is no program with the key %(key)s, here or in the sheet Programs.")
            look.put(place, bad(text, key=line.key))
            continue
        if row is not None and row.decision.plan in {RowPlan.BAD, RowPlan.SKIP, RowPlan.ASK}:
            look.put(place, Decision(row.decision.plan, problems=[say(N_("It waits for the row of its program."))]))
            continue
        period = None
        if row is not None:
            found = row.decision.subject
            partner = partners.get(str(row.line.values["partner_key"]))
            period = look.lines[origin(look.planned, partner)].period("partner") if partner is not None else None
        organization = (
            row.decision.organization
            if row is not None
            else look.world.by_id.get(found.organization_id)
            if found
            else None
        )
        if not partner_plan.in_good_standing(organization, period):
            look.put(
                place,
                bad(N_("Its partner is not a School-Community Partner today. Give the days in the sheet Partners.")),
            )
            continue
        look.put(place, partner_plan.partnership(line, look.world, found, organization))


def as_data(row: Planned) -> list[dict[str, Any]]:
    """What is wrong with a row or said about it, as it is kept."""
    said = [{"column": "", **in_words(message)} for message in row.decision.problems]
    return [*row.line.problems, *said]
