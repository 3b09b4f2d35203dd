"""A running district: the real server and the real worker on the database of this run, and Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import config
from tests.support.launch import ROOT, free_port
from tests.support.postgres import Postgres
from tests.support.processes import dies_with_parent

READY_SECONDS = 60


@dataclass
class District:
    """Where the running copy answers and what belongs to it."""

    url: str
    environment: dict[str, str]
    instance: Path

    def command(self, *words: str, check: bool = True, seconds: int = 120) -> subprocess.CompletedProcess[str]:
        """``flask vetting ...`` against this copy."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "vetting", *words],
            cwd=ROOT,
            env=self.environment,
            check=check,
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def prepare(self, seed: str = "tests.e2e.seed") -> dict[str, Any]:
        """Schools, staff, a fund year and an open round, or what another seed makes; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", seed],
            cwd=ROOT,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


@pytest.fixture
def district_database(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database for one running copy."""
    if (os.environ.get("TEST_DATABASE") or "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path / 'instance' / 'vetting.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"journey_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    server.drop_database(name)
    yield server.create_database(name)
    server.drop_database(name)


@contextmanager
def running(instance: Path, database: str, secrets: Mapping[str, str] | None = None) -> Iterator[District]:
    """A copy with its server and worker running, on a free port. With ``secrets`` it shows the demonstration."""
    port = free_port()
    instance.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        **(secrets or {}),
        "VETTING_INSTANCE": str(instance),
        "DATABASE_URL": database,
        "PUBLIC_URL": f"http://localhost:{port}",
        "PORT": str(port),
        "DEMO": "1" if secrets else "0",
    }
    environment.pop("SMTP_URL", None)
    copy = District(f"http://localhost:{port}", environment, instance)
    copy.command("migrate")
    # At the end nobody is there any more; the lines that a browser kept open need not be waited for.
    server = ("-k", "gthread", "-w", "2", "--threads", "4", "--graceful-timeout", "1", "-b", f"127.0.0.1:{port}")
    children = [
        _start(environment, "gunicorn", *server, "wsgi:app"),
        _start(environment, "flask", "--app", "wsgi", "vetting", "worker"),
    ]
    try:
        _wait(copy)
        yield copy
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(30)


@pytest.fixture
def district(tmp_path: Path, district_database: str, database_url: str) -> Iterator[District]:
    """A district without demonstration data, its server and worker running."""
    with running(tmp_path / "instance", district_database) as copy:
        yield copy


@pytest.fixture
def demonstration(tmp_path: Path, demonstration_folder: Path, settings: config.Settings) -> Iterator[District]:
    """A copy of the demonstration district, running with the secrets that sealed what is in it."""
    instance = tmp_path / "instance"
    shutil.copytree(demonstration_folder, instance)
    secrets = {"SECRET_KEY": settings.secret_key, "PASSWORD_SALT": settings.password_salt}
    with running(instance, f"sqlite:///{instance / 'vetting.db'}", secrets) as copy:
        yield copy


def _start(environment: dict[str, str], module: str, *words: str) -> subprocess.Popen[bytes]:
    with (Path(environment["VETTING_INSTANCE"]) / f"{module}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module, *words],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=dies_with_parent(),  # noqa: PLW1509 - a child of a test ends with it
        )


def _wait(copy: District) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{copy.url}/health/ready", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    log = (copy.instance / "gunicorn.log").read_text()[-2000:]
    raise AssertionError(f"the server was not ready in {READY_SECONDS} s:\n{log}")
