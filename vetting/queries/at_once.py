"""Something that is found in one read with the person who asks: for files, which leave sooner than a page is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting import clock
from vetting.models import LoginSession, User
from vetting.policy import Actor
from vetting.queries.actors import HELD, Person, actor_of, with_held
from vetting.queries.sign_ins import IN_USE, Shown


@dataclass(frozen=True)
class AtOnce:
    """How a thing is found: columns, the tables they are in with what joins each to those before it, and what is made
    of a row. The values of an address are parameters; they name one thing. The last table has to have a row."""

    columns: Sequence[Any]
    tables: Sequence[tuple[Any, sa.ColumnElement[bool]]]
    make: Callable[..., Any]

    def __call__(self, session: Session, **values: Any) -> Any:
        """The thing alone; None where there is none."""
        row = session.execute(self._alone, values).first()
        return self.make(*row[1:]) if row else None

    def with_reader(
        self,
        connection: sa.Connection,
        session: Session,
        asked: tuple[Shown, Mapping[str, Any]],
        *,
        address: str,
        agent: str,
    ) -> tuple[Actor | None, Any]:
        """Who asks, and the thing: None for a browser that is not signed in, and None where there is none.

        One read; one more for people of the office. ``session`` is asked about a person who stands in for somebody.
        """
        shown, values = asked
        rows = connection.execute(self._with_reader, {**shown, **values, "today": clock.today()}).all()
        if not rows:
            return None, None
        number, name, email, method, there, *found = rows[0][: -len(HELD)]
        person = Person(number, name, email, address, agent, method)
        actor = actor_of(session, connection, person, [row[-len(HELD) :] for row in rows])
        return actor, self.make(*found) if there is not None else None

    @property
    def _there(self) -> sa.ColumnElement[Any]:
        """Is null where there is no such thing."""
        column: sa.ColumnElement[Any] = sa.inspect(self.tables[-1][0]).local_table.c.id
        return column

    @cached_property
    def _alone(self) -> sa.Select[Any]:
        (first, condition), *others = self.tables
        query = sa.select(self._there, *self.columns).select_from(first).where(condition)
        for table, joins in others:
            query = query.join(table, joins)
        return query

    @cached_property
    def _with_reader(self) -> sa.Select[Any]:
        who = with_held(sa.join(LoginSession, User, LoginSession.user_id == User.id))
        for table, joins in self.tables:
            who = who.outerjoin(table, joins)
        return (
            sa.select(User.id, User.name, User.email, LoginSession.method, self._there, *self.columns, *HELD)
            .select_from(who)
            .where(*IN_USE)
        )
