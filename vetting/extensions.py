"""The unbound extension objects. The composition root binds them; nothing below the forms knows them."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from vetting.models import Base
from vetting.translations import Translator

if TYPE_CHECKING:

    class RequestSession(Session):
        """The session of the request: usable as one, and called for the real one behind it."""

        registry: Any

        def __call__(self) -> Session: ...

        def remove(self) -> None: ...


class Database(SQLAlchemy):
    """Flask-SQLAlchemy, whose session of the request is to us a session like any other."""

    if TYPE_CHECKING:
        session: RequestSession  # type: ignore[assignment]


db = Database(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate(render_as_batch=True)
babel = Translator()
csrf = CSRFProtect()

writing: ContextVar[bool] = ContextVar("writing", default=True)
"""Whether the transaction that begins next will write. A page that is only read sets it to False, so that on SQLite
readers never wait for the one writer; everything else takes the write lock at its beginning, because a transaction
that reads first and writes later can fail at once."""


def prepare_engine(engine: Engine) -> None:
    """Set each new connection up as the embedded or the shared database needs it."""
    if engine.dialect.name != "sqlite":
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
