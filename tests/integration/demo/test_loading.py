"""Loading: the same content each time, and never on top of a district's own work."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.demonstration import Stopped
from vetting import clock
from vetting.extensions import db
from vetting.jobs.demo import DemoRefused
from vetting.models import Answer, Application, DocumentVersion, HistoryEntry, Organization, Program, User

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(600)]

STAGES = 8


def _content(app: Flask) -> str:
    """A hash of everything the story says, without what is secret by chance (sealed tax ids, keys of accounts)."""
    with app.app_context(), Session(db.engine) as session:
        rows: list[Any] = []
        columns = (
            (Organization.reference, Organization.legal_name, Organization.state),
            (Program.reference, Program.name, Program.state),
            (User.reference, User.email, User.name),
            (Application.reference, Application.state, Application.due_on),
            (DocumentVersion.filename, DocumentVersion.sha256, DocumentVersion.valid_until),
            (HistoryEntry.subject_type, HistoryEntry.step, HistoryEntry.actor_name, HistoryEntry.at),
        )
        for wanted in columns:
            rows += [[str(value) for value in row] for row in session.execute(sa.select(*wanted).order_by(*wanted))]
        answers = session.execute(
            sa.select(Answer.question_key, Answer.value).where(Answer.question_key != "ein").order_by(Answer.id)
        )
        rows += [[key, json.dumps(value)] for key, value in answers]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def test_the_same_instant_gives_the_same_district(
    built_app: Flask, put_back: Callable[[], None], load_into: Callable[..., bool]
) -> None:
    now = clock.now()
    found = []
    for _ in range(2):
        put_back()
        with pytest.raises(Stopped):
            load_into(stop_after=STAGES, now=now)
        found.append(_content(built_app))
    assert found[0] == found[1]


def test_a_district_with_work_of_its_own_is_left_alone(make: Factory, load_into: Callable[..., bool]) -> None:
    make.organization(name="A district's own partner")
    with pytest.raises(DemoRefused, match="empty"):
        load_into()
    assert len(make.session.scalars(sa.select(Organization)).all()) == 1
