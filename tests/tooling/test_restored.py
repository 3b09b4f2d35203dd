"""A database of the tests is the same before each of them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.support.postgres import PostgresServer
from tests.support.restored import Beginning, beginning_of, restored
from tests.support.tools import require_tool

START = """
    CREATE TABLE schools (id serial PRIMARY KEY, name text NOT NULL);
    CREATE TABLE visits (id serial PRIMARY KEY, school_id integer NOT NULL REFERENCES schools);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$;
    CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON visits FOR EACH ROW EXECUTE FUNCTION refuse();
    INSERT INTO schools (name) VALUES ('First'), ('Second');
"""
DUMP = "SELECT (SELECT array_agg(s ORDER BY id) FROM schools s)::text, (SELECT count(*) FROM visits)"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    require_tool("postgresql")
    with PostgresServer() as running:
        with connect(running.create_database("beginning")) as connection:
            connection.execute(START)
        yield running


@pytest.fixture
def copy(server: PostgresServer) -> Iterator[str]:
    yield server.create_database("copy", template="beginning")
    server.drop_database("copy")


@pytest.fixture
def beginning(server: PostgresServer) -> Beginning:
    return beginning_of(server.database_url("beginning"))


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def test_what_a_test_wrote_is_gone_and_numbers_begin_again(copy: str, beginning: Beginning) -> None:
    with connect(copy) as connection:
        before = connection.execute(DUMP).fetchone()
        connection.execute("INSERT INTO schools (name) VALUES ('Third')")
        connection.execute("INSERT INTO visits (school_id) VALUES (3), (1)")
    assert restored(copy, beginning)
    with connect(copy) as connection:
        assert connection.execute(DUMP).fetchone() == before
        assert connection.execute("INSERT INTO schools (name) VALUES ('Other') RETURNING id").fetchone() == (3,)
        assert connection.execute("INSERT INTO visits (school_id) VALUES (3) RETURNING id").fetchone() == (1,)


def test_a_session_left_open_is_ended_and_keeps_nothing(copy: str, beginning: Beginning) -> None:
    left = connect(copy)
    left.execute("BEGIN")
    left.execute("INSERT INTO schools (name) VALUES ('Half done')")
    assert restored(copy, beginning)
    with pytest.raises(psycopg.OperationalError):
        left.execute("COMMIT")
    left.close()
    with connect(copy) as connection:
        assert connection.execute("SELECT name FROM schools ORDER BY id").fetchall() == [("First",), ("Second",)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE schools SET name = 'Another' WHERE id = 1",
        "DELETE FROM schools WHERE id = 2",
        "TRUNCATE schools CASCADE",
        "ALTER TABLE visits DISABLE TRIGGER kept",
        "DROP TRIGGER kept ON visits",
        "ALTER TABLE schools ADD city text",
        "CREATE TABLE extra ()",
        "CREATE INDEX extra ON schools (name)",
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "ANALYZE schools",
    ],
)
def test_what_cannot_be_taken_out_is_noticed(copy: str, beginning: Beginning, change: str) -> None:
    with connect(copy) as connection:
        connection.execute(change)
    assert not restored(copy, beginning)
