"""A small office with cases, and runs over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from vetting.extensions import db
from vetting.jobs import bulk
from vetting.models import Application, BulkAct, BulkRun, OutboxMessage, User
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.desk import BULK_RUN

Plan = Callable[..., BulkRun]


@pytest.fixture
def screening(make: Factory) -> Callable[[User], Application]:
    """A registration in screening, in the hands of the person."""
    return make.screening


@pytest.fixture
def plan(make: Factory, session: Session) -> Plan:
    """A run that is planned, and started unless told otherwise."""

    def planned(
        person: User,
        act: BulkAct,
        parameters: Mapping[str, Any],
        actions: list[tuple[Application, Mapping[str, Any]]],
        *,
        start: bool = True,
    ) -> BulkRun:
        with unit_of_work(session):
            run = bulk.plan(session, make.actor(person), act, parameters, actions)
            if start:
                engine.run(session, BULK_RUN, run, "start", make.actor(person))
        return run

    return planned


@pytest.fixture
def sessions(app: Flask) -> sessionmaker[Session]:
    """Sessions as the worker opens them."""
    with app.app_context():
        return sessionmaker(db.engine, expire_on_commit=False)


@pytest.fixture
def mails(session: Session) -> Callable[..., list[OutboxMessage]]:
    """The messages of one event, as they are stored now."""

    def queued(event: str) -> list[OutboxMessage]:
        query = sa.select(OutboxMessage).where(OutboxMessage.topic == event).order_by(OutboxMessage.id)
        return list(session.scalars(query.execution_options(populate_existing=True)))

    return queued
