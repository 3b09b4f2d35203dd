"""A private PostgreSQL server for one test run.

Started in a temporary folder, reachable only through a socket in that folder, without durability, as the calling user
or, when that is root (whom PostgreSQL refuses), as `nobody`. It ends with the process that started it, even when that
process is killed.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString, Self

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests.support.memory import roomy
from tests.support.processes import dies_with_parent
from tests.support.tools import postgres_binaries

SERVER_VARIABLE = "TEST_POSTGRES_URL"
START_SECONDS = 30

# Test data need not survive a power cut. No network port: the socket folder is the only way in.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "shared_buffers": "64MB",
    # Nobody but the tests themselves gathers statistics or cleans up, so that every run plans alike.
    "autovacuum": "off",
    "dynamic_shared_memory_type": "mmap",
    "jit": "off",
    "timezone": "UTC",
    "listen_addresses": "",
}


class PostgresUnavailable(Exception):
    """The server's programs are missing, or it did not start. The message is one sentence."""


class Postgres:
    """Databases on a running server; `url` is its maintenance database."""

    def __init__(self, url: URL) -> None:
        self.url = url

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create an empty database, or a copy of `template` (which must have no open connection); return its URL."""
        if template is None:
            self._run("CREATE DATABASE {}", name)
        else:
            self._run("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.database_url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, closing whatever is still connected to it."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def database_url(self, name: str) -> str:
        """Always names the driver: a bare scheme means another one from one release to the next."""
        return self.url.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: LiteralString, *names: str) -> None:
        with self._connect() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            self.url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
        )


class PostgresServer(Postgres):
    """A server of our own: starts on entering, is gone with its folder on leaving."""

    def __init__(self) -> None:
        where = roomy() or "/tmp"  # both short: socket paths have a limit
        self.folder = Path(tempfile.mkdtemp(prefix="vetting-pg-", dir=where))
        super().__init__(
            URL.create("postgresql+psycopg", username="postgres", database="postgres", query={"host": str(self.folder)})
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def pid(self) -> int:
        """The server's process; it leads a process group of its own."""
        if self._process is None:
            raise PostgresUnavailable("PostgreSQL is not running.")
        return self._process.pid

    def _start(self) -> None:
        binaries = postgres_binaries()
        if binaries is None:
            raise PostgresUnavailable("PostgreSQL is not installed (Debian package: postgresql).")
        account = _unprivileged()
        if account:
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        who: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        data = self.folder / "data"
        make = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        made = subprocess.run(
            [*make, "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **who,
        )
        if made.returncode:
            raise PostgresUnavailable(f"PostgreSQL could not be set up: {_last_line(made.stderr)}")
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", self.folder, *settings],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=dies_with_parent(signal.SIGQUIT),  # noqa: PLW1509 -- it only makes one system call
                **who,
            )
        self._wait()

    def _wait(self) -> None:
        assert self._process is not None
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError as not_yet:
                if self._process.poll() is not None or time.monotonic() > until:
                    log = (self.folder / "log").read_text(errors="replace")
                    raise PostgresUnavailable(f"PostgreSQL did not start: {_last_line(log)}") from not_yet
                time.sleep(0.05)
            else:
                return

    def _stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """The server of this run: the one the test command started and named in TEST_POSTGRES_URL, or one of our own.

    Raises PostgresUnavailable.
    """
    given = os.environ.get(SERVER_VARIABLE)
    if given:
        yield Postgres(make_url(given))
    else:
        with PostgresServer() as server:
            yield server


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom to become: nobody when we are root, otherwise no change."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no message"
