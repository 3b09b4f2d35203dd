"""What the one mail says that a reviewer gets for a whole run over many cases."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.models import Application, BulkItem, BulkItemState, BulkRun, Review, ReviewState, User
from vetting.notifications.facts import FACTS, Facts, nameless
from vetting.policy import Actor, Permission, allows, sees_identity
from vetting.queries.actors import actor_for

OWED = (ReviewState.ASSIGNED, ReviewState.IN_PROGRESS)


def reviews_of_run(session: Session, run: BulkRun, person: User) -> Facts | None:
    """The reader's open reviews of the cases that the run has done, one to a line; None when none is left."""
    done = sa.select(BulkItem.application_id).where(BulkItem.run_id == run.id, BulkItem.state == BulkItemState.DONE)
    reviews = session.scalars(
        sa.select(Review)
        .where(Review.reviewer_id == person.id, Review.state.in_(OWED), Review.application_id.in_(done))
        .options(
            joinedload(Review.application).options(
                joinedload(Application.organization), joinedload(Application.program), joinedload(Application.round)
            )
        )
        .order_by(Review.id)
    ).all()
    reader = actor_for(session, person)
    owed = [review for review in reviews if allows(Permission.REVIEW_WRITE, reader, review)]
    return {"count": str(len(owed)), "lines": "\n".join(_line(review, reader) for review in owed)} if owed else None


def _line(review: Review, reader: Actor) -> str:
    """The case, and the day the review is due once it has one; the due date of the case is another one."""
    facts = _facts(review, reader)
    line = f"{facts['reference']}: {facts['title']}"
    return f"{line} ({facts['due']})" if review.due_on else line


def _facts(review: Review, reader: Actor) -> Facts:
    facts = FACTS["review"](review)
    return facts if sees_identity(reader, review.application) else facts | nameless(facts)
