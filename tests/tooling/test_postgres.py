"""The private PostgreSQL server that the tests run against."""

import os
import pwd
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.support.postgres import Postgres, PostgresServer, postgres
from tests.support.tools import require_tool

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    require_tool("postgresql")
    with PostgresServer() as running:
        yield running


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def test_it_never_runs_as_root(server: PostgresServer) -> None:
    owner = Path(f"/proc/{server.pid}").stat().st_uid
    expected = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    assert owner == expected


def test_a_copied_database_holds_the_rows_of_its_template(server: PostgresServer) -> None:
    template = server.create_database("copied_from")
    with connect(template) as connection:
        connection.execute("CREATE TABLE words (word text)")
        connection.execute("INSERT INTO words VALUES ('Roxbury')")
    copy = server.create_database("copy", template="copied_from")
    with connect(copy) as connection:
        assert connection.execute("SELECT word FROM words").fetchall() == [("Roxbury",)]
        connection.execute("DELETE FROM words")
    with connect(template) as connection:
        assert connection.execute("SELECT count(*) FROM words").fetchone() == (1,)


def test_a_database_is_dropped_under_an_open_connection(server: PostgresServer) -> None:
    url = server.create_database("dropped")
    held = connect(url)
    server.drop_database("dropped")
    with pytest.raises(psycopg.OperationalError):
        connect(url)
    held.close()


def test_every_address_names_the_driver(server: PostgresServer) -> None:
    assert server.database_url("any").startswith("postgresql+psycopg://")


def test_a_server_that_is_given_is_used_and_left_running(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_POSTGRES_URL", server.url.render_as_string(hide_password=False))
    with postgres() as given:
        assert type(given) is Postgres
        given.create_database("shared")
    with connect(server.database_url("shared")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_it_leaves_nothing_behind() -> None:
    require_tool("postgresql")
    with PostgresServer() as running:
        pid, folder = running.pid, running.folder
    assert not folder.exists()
    assert not Path(f"/proc/{pid}").exists()


def test_it_ends_when_the_test_run_is_killed() -> None:
    require_tool("postgresql")
    script = (
        "from tests.support.postgres import PostgresServer\n"
        "import sys\n"
        "with PostgresServer() as server:\n"
        "    print(server.pid, server.folder, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout
        pid, folder = run.stdout.readline().split()
        watched = os.pidfd_open(int(pid))
        run.send_signal(signal.SIGKILL)
        run.wait()
        ended = _wait_for_end(watched)
        os.close(watched)
    subprocess.run(["rm", "-rf", folder], check=True)
    assert ended, "the server outlived the run that started it"


def _wait_for_end(pidfd: int) -> bool:
    ready, _, _ = select.select([pidfd], [], [], 20)
    return bool(ready)
