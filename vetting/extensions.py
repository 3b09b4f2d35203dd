"""The unbound extension objects. The composition root binds them; nothing below the forms knows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from vetting.models import Base
from vetting.translations import Translator
from vetting.unit_of_work import at_work

if TYPE_CHECKING:

    class RequestSession(Session):
        """The session of the request: usable as one, and called for the real one behind it."""

        registry: Any

        def __call__(self) -> Session: ...

        def remove(self) -> None: ...


class Routed(FlaskSession):
    """Asks PostgreSQL without a transaction for a page that is only read.

    Each statement sees what is committed, as it did before; but the driver forgets its prepared statements when a
    transaction is rolled back, which is how reading ends, and planning them anew costs more than running them.
    What is flushed, a unit of work, and rows that are read a few at a time have a transaction all the same.
    """

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **options: Any) -> Any:
        if bind is not None:
            return bind
        engines: dict[bool, Engine] = current_app.extensions[ENGINES]
        return engines[not (writing.get() or self._flushing or at_work(self)) and _answers_at_once(mapper, clause)]

    def connection(self, bind_arguments: Any = None, execution_options: Any = None) -> sa.Connection:
        engines: dict[bool, Engine] = current_app.extensions[ENGINES]
        return super().connection(bind_arguments or {"bind": engines[False]}, execution_options)


def _answers_at_once(mapper: Any, clause: Any) -> bool:
    if clause is None:
        # This is how a union of objects comes.
        return mapper is None
    return isinstance(clause, sa.Select | sa.CompoundSelect) and not clause.get_execution_options().get("yield_per")


class Database(SQLAlchemy):
    """Flask-SQLAlchemy, whose session of the request is to us a session like any other."""

    if TYPE_CHECKING:
        session: RequestSession  # type: ignore[assignment]


ENGINES = "vetting.engines"
"""Where an application keeps its engine by whether a statement stands alone, outside of any transaction."""

db = Database(model_class=Base, session_options={"expire_on_commit": False, "class_": Routed})
migrate = Migrate(render_as_batch=True)
babel = Translator()
csrf = CSRFProtect()

writing: ContextVar[bool] = ContextVar("writing", default=True)
"""Whether the transaction that begins next will write. A page that is only read sets it to False, so that on SQLite
readers never wait for the one writer; everything else takes the write lock at its beginning, because a transaction
that reads first and writes later can fail at once."""


def engines_of(engine: Engine) -> dict[bool, Engine]:
    """An engine by whether a statement stands alone. SQLite keeps its transactions: there they cost nothing."""
    alone = engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="AUTOCOMMIT")
    return {False: engine, True: alone}


@contextmanager
def read_alone() -> Iterator[sa.Connection]:
    """A connection for one statement that reads, beside the session of the request."""
    engines: dict[bool, Engine] = current_app.extensions[ENGINES]
    with engines[True].connect() as connection:
        yield connection


def _answer_soon(connection: Any, _record: Any) -> None:
    """Every question is a small one: to compile it, or to start helpers for it, takes longer than to answer it."""
    before, connection.autocommit = connection.autocommit, True
    connection.execute("SET jit = off; SET max_parallel_workers_per_gather = 0")
    connection.autocommit = before


def prepare_engine(engine: Engine) -> None:
    """Set each new connection up as the embedded or the shared database needs it."""
    if engine.dialect.name != "sqlite":
        sa.event.listen(engine, "connect", _answer_soon)
        return

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A connection may say so itself: an act is rehearsed while a page is only read.
        will_write = connection.get_execution_options().get("writing", writing.get())
        connection.exec_driver_sql("BEGIN IMMEDIATE" if will_write else "BEGIN")
