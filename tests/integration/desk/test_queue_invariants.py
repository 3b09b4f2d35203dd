"""The queue over many cases: no case is lost or listed twice, and a badge says what its list holds."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import Factory
from tests.integration.desk import generated
from tests.support.soak import amount
from vetting import clock
from vetting.models import OPEN_STATES, Application, Conflict, CoverState, School, User
from vetting.queries import piles, queue
from vetting.queries.piles import Pile
from vetting.queries.queue_filters import FIXED, Filters, Sort
from vetting.unit_of_work import unit_of_work

CASES = 60


def listed(session: Any, actor: Any, filters: Filters, **more: Any) -> list[str]:
    return [row.reference for row in queue.page(session, actor, filters, clock.today(), size=1000, **more).rows]


def filters_of(session: Any) -> st.SearchStrategy[Filters]:
    """Any view a person could ask for."""
    people = ["me", "nobody", *session.scalars(sa.select(User.reference).where(User.name.like("Co%")))]
    rounds = list(session.scalars(sa.text("SELECT reference FROM round")))
    values = {
        **{name: st.sampled_from(["", "", *FIXED[name]]) for name in FIXED},
        "assignee": st.sampled_from(["", "", *people]),
        "category": st.sampled_from(["", "", "", "stem", "academic_support"]),
        "round": st.sampled_from(["", "", "", *rounds]),
        "school": st.sampled_from(["", "", "", *session.scalars(sa.select(School.dese_id).limit(2))]),
        "q": st.sampled_from(["", "", "harbor", "CAFE", "100%", "ma", "program of", "VET-", "'; --"]),
    }
    return st.builds(
        lambda pile, sort, down, chosen: Filters(pile, **chosen).ordered(sort, down=down),
        st.sampled_from(list(Pile)),
        st.sampled_from(list(Sort)),
        st.booleans(),
        st.fixed_dictionaries(values),
    )


def _tried(examples: int) -> Any:
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
        derandomize=True,
    )


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_any_view_is_counted_paged_and_walked_alike(make: Factory, session: Any) -> None:
    many = generated.many_cases(make, CASES, 1)
    generated.stand_in(make, many.people["colleague"], many.people["coordinator"], "portfolio")
    actors = [make.actor(person) for person in many.people.values()]
    today = clock.today()

    @_tried(amount(40, 150))
    @given(view=filters_of(session), actor=st.sampled_from(actors), size=st.sampled_from([3, 8]))
    def check(view: Filters, actor: Any, size: int) -> None:
        assert Filters.from_args(view.as_args()) == view, "an address says all of its view"
        whole = listed(session, actor, view)
        assert len(whole) == len(set(whole)) == queue.counts(session, actor, view, today)[view.pile]
        assert [row.reference for row in queue.every_row(session, actor, view, today)] == whole
        assert queue.references(session, actor, view, today, 1000) == whole
        paged, after = [], ""
        while True:
            found = queue.page(session, actor, view, today, after=after, size=size)
            paged += [row.reference for row in found.rows]
            if not found.after:
                break
            after = found.after
        assert paged == whole
        if whole:
            at = len(whole) // 2
            before, then = ["", *whole][at], [*whole, ""][at + 1]
            assert queue.neighbors(session, actor, view, today, whole[at]) == (before, then)
            place = queue.place(session, actor, view, today, whole[at])
            assert (place.listed, place.before, place.total) == (True, at, len(whole))
            upside_down = view.ordered(view.order[0], down=not view.order[1])
            if upside_down.order != view.order:
                assert listed(session, actor, upside_down) == whole[::-1]

    check()
    session.rollback()


@pytest.mark.parametrize("seed", [2, 3])
def test_every_open_case_lies_on_exactly_one_pile_and_with_exactly_one_person(
    make: Factory, session: Any, seed: int
) -> None:
    many = generated.many_cases(make, CASES, seed)
    people = many.people
    generated.stand_in(make, people["colleague"], people["coordinator"])
    first = session.query(Application).order_by(Application.id).first()
    conflict = Conflict(user_id=people["coordinator"].id, organization_id=first.organization_id)
    make.take("conflict", conflict, "declare", make.actor(people["coordinator"]))
    everyone = list(session.scalars(sa.select(User)))
    for person in people.values():
        actor = make.actor(person)
        seen = set(
            session.scalars(
                sa.select(Application.reference).where(
                    piles.visible_cases(actor), Application.state.in_(sorted(OPEN_STATES))
                )
            )
        )
        apart = Counter(
            reference
            for pile in (Pile.MINE, Pile.WAITING, Pile.HOLD)
            for reference in listed(session, actor, Filters(pile))
        )
        assert apart == Counter(seen), "the three piles hold every open case that is seen exactly once"
        assert set(listed(session, actor, Filters(Pile.OPEN))) == seen
        hands = Counter(
            reference
            for assignee in ["nobody", *(user.reference for user in everyone)]
            for reference in listed(session, actor, Filters(Pile.OPEN, assignee=assignee))
        )
        assert hands == Counter(seen), "one person or the pool has each, on hold or not"
        assert listed(session, actor, Filters(Pile.POOL)) == listed(
            session, actor, Filters(Pile.OPEN, assignee="nobody")
        )


def test_a_substitute_has_the_cases_of_the_absent_between_the_dates_and_only_while_cover_is_used(
    make: Factory, session: Any
) -> None:
    absent, substitute = make.coordinator("Abe Absent"), make.coordinator("Sue Substitute")
    case = make.submitted()
    make.take("application", case, "screen", make.actor(absent))
    actor = make.actor(substitute)

    def has() -> bool:
        rows = queue.page(session, actor, Filters(), clock.today()).rows
        return [row.stands_in for row in rows if row.reference == case.reference] == [True]

    assert not has()
    assert listed(session, actor, Filters(Pile.WAITING)) == [case.reference]
    cover = generated.stand_in(make, absent, substitute, "registration")
    assert has()
    assert listed(session, actor, Filters(assignee="me")) == [case.reference]
    assert listed(session, make.actor(absent), Filters()) == [case.reference], "the absent person keeps the case"
    for change, expected in (
        ({"kind": "portfolio"}, False),
        ({"kind": ""}, True),
        ({"starts_on": clock.today() + timedelta(days=1)}, False),
        ({"starts_on": clock.today()}, True),
        ({"state": CoverState.ENDED}, False),
    ):
        with unit_of_work(session):
            for name, value in change.items():
                setattr(cover, name, value)
        assert has() is expected, change
    with unit_of_work(session):
        cover.state = CoverState.AGREED
    assert has()
    part = session.query(generated.DeskFeature).one()
    make.take("desk_feature", part, "switch_off", make.actor(make.director()))
    assert not has()
