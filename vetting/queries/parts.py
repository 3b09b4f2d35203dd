"""The collections of one object, each read by a statement that is built once.

``selectinload`` builds its statements anew at every request, which costs a page with seven collections more than the
database takes to answer. This reads the same rows in the same order.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.interfaces import ORMOption

_OWNER = sa.bindparam("owner", type_=sa.BigInteger)


class Part:
    """One collection that belongs to its owner by a single foreign key, perhaps with what its rows point to."""

    def __init__(self, attribute: InstrumentedAttribute[Any], *options: ORMOption) -> None:
        relation: Any = attribute.property
        ((_, reference),) = relation.local_remote_pairs
        self.key = attribute.key
        self.statement = (
            sa.select(relation.entity.class_)
            .where(reference == _OWNER)
            .order_by(*relation.order_by or ())
            .options(*options)
        )

    def read(self, session: Session, owner: Any) -> None:
        """Fill the collection, unless it is known already."""
        if self.key not in sa.inspect(owner).dict:
            set_committed_value(owner, self.key, session.scalars(self.statement, {"owner": owner.id}).all())


def read(session: Session, owner: Any, *parts: Part) -> None:
    """Fill several collections of one object: one read each."""
    for part in parts:
        part.read(session, owner)
