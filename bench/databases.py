"""The databases that are measured: a file and a private PostgreSQL server, each with its own instance folder."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

import config
from tests.support.postgres import PostgresServer
from vetting import extensions
from vetting.jobs import sweep
from vetting.models import Base
from vetting.storage import LocalStore
from vetting.workflows import anchors

ROOT = Path(__file__).resolve().parents[1]
SECRET = "a benchmark's own key, which protects nothing at all"  # noqa: S105 - the rows are made up

Rows = Mapping[str, Sequence[Sequence[Any]]]
"""Rows by the name of their table, each with the values of all columns in order."""


@dataclass
class Database:
    """One database under measurement."""

    name: str
    url: str
    floor_url: str
    folder: Path

    def __post_init__(self) -> None:
        self.instance = self.folder / self.name
        self.instance.mkdir(parents=True)
        self.engine = sa.create_engine(self.url)
        extensions.prepare_engine(self.engine)

    def environment(self, port: int = 8000) -> dict[str, str]:
        """The environment of the product over this database."""
        return {
            **os.environ,
            "VETTING_INSTANCE": str(self.instance),
            "DATABASE_URL": self.url,
            "FLOOR_DATABASE_URL": self.floor_url,
            "PORT": str(port),
            "PUBLIC_URL": f"http://localhost:{port}",
            "SECRET_KEY": SECRET,
            "PASSWORD_SALT": SECRET,
            "DEMO": "0",
            "PRODUCTION": "0",
            "SMTP_URL": "",
        }

    @property
    def settings(self) -> config.Settings:
        """The settings that the product reads from that environment."""
        before = dict(os.environ)
        os.environ.update(self.environment())
        try:
            return config.load()
        finally:
            os.environ.clear()
            os.environ.update(before)

    @property
    def store(self) -> LocalStore:
        return LocalStore(self.instance / "store")

    def migrate(self) -> None:
        """Make the tables and publish the reference data, as ``flask vetting migrate`` does."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "vetting", "migrate"]
        subprocess.run(command, cwd=ROOT, env=self.environment(), check=True, stdout=subprocess.DEVNULL)  # noqa: S603

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session whose new history rows are anchored in this instance's folder."""
        anchors.use(self.instance / "anchors")
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def load(self, rows: Rows) -> None:
        """Insert many rows at once."""
        tables = [table for table in Base.metadata.sorted_tables if rows.get(table.name)]
        if self.engine.dialect.name == "sqlite":
            self._insert(tables, rows)
        else:
            self._copy(tables, rows)

    def _insert(self, tables: Iterable[sa.Table], rows: Rows) -> None:
        with closing(sqlite3.connect(str(self.engine.url.database), isolation_level=None)) as connection:
            # The rows are copies of rows that the program wrote, and a crash only means seeding again.
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("BEGIN IMMEDIATE")
            for table in tables:
                names = [column.name for column in table.columns]
                places = ", ".join("?" * len(names))
                prepare = _processors(table, self.engine)
                connection.executemany(
                    f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})",  # noqa: S608 - our own names
                    [prepare(row) for row in rows[table.name]],
                )
            connection.execute("COMMIT")

    def _copy(self, tables: Iterable[sa.Table], rows: Rows) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            driver: Any = connection.connection.driver_connection
            for table in tables:
                names = ", ".join(column.name for column in table.columns)
                prepare = _processors(table, self.engine)
                with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                    for row in rows[table.name]:
                        copy.write_row(prepare(row))

    def settle(self) -> None:
        """Let the database count on from the seeded rows, and do what housekeeping would do."""
        if self.engine.dialect.name == "sqlite":
            with closing(sqlite3.connect(str(self.engine.url.database), isolation_level=None)) as plain:
                for statement in sweep.STATISTICS:
                    plain.execute(statement)
                plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in Base.metadata.sorted_tables:
                if "id" in table.columns:
                    connection.exec_driver_sql(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608
                        f"coalesce((SELECT max(id) FROM {table.name}), 1))"
                    )
            connection.exec_driver_sql("VACUUM ANALYZE")


def _processors(table: sa.Table, engine: sa.Engine) -> Any:
    """A function that turns a row of Python values into what the driver takes."""
    kinds = [column.type.dialect_impl(engine.dialect).bind_processor(engine.dialect) for column in table.columns]
    work = [(place, process) for place, process in enumerate(kinds) if process is not None]

    def prepare(row: Sequence[Any]) -> list[Any]:
        ready = list(row)
        for place, process in work:
            ready[place] = process(ready[place])
        return ready

    return prepare


@contextmanager
def databases(folder: Path, names: Sequence[str]) -> Iterator[list[Database]]:
    """The databases to measure, migrated and otherwise empty; gone afterwards with everything they held."""
    with ExitStack() as stack:
        found = []
        if "sqlite" in names:
            file = folder / "sqlite" / "vetting.db"
            found.append(Database("sqlite", f"sqlite:///{file}", f"sqlite:///{folder / 'floor.db'}", folder))
        if "postgresql" in names:
            server = stack.enter_context(PostgresServer())
            urls = [server.create_database(name) for name in ("vetting", "floor")]
            found.append(Database("postgresql", urls[0], urls[1], folder))
        for database in found:
            stack.callback(database.engine.dispose)
            database.migrate()
        yield found
