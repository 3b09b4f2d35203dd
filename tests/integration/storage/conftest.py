"""A district whose files are kept on a disk or in a bucket, and a server for it that can be killed."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask

from tests.support import bucket
from tests.support.bucket import Buckets
from tests.support.processes import dies_with_parent

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def buckets() -> Iterator[Buckets]:
    with bucket.running() as server:
        yield server


@dataclass(frozen=True)
class Answer:
    """What the person was told, if anything was."""

    status: int
    steps: int
    text: str
    killed: bool


class Server:
    """Answers requests of a browser, each in a process of its own."""

    def __init__(self, app: Flask, store_url: str, **more: str) -> None:
        settings = app.config["SETTINGS"]
        environment = {
            **os.environ,
            "VETTING_INSTANCE": str(settings.instance),
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": settings.secret_key,
            "PASSWORD_SALT": settings.password_salt,
            "PUBLIC_URL": "http://localhost",
            "DEMO": "0",
            "STORE_URL": store_url,
            "STORE_ACCESS_KEY": bucket.ACCESS_KEY,
            "STORE_SECRET_KEY": bucket.SECRET_KEY,
            "PYTHONPATH": str(ROOT),
            **more,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.storage.zygote"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509 -- it only makes one system call
        )
        assert self._line()["ready"]

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        while True:
            line = self._process.stdout.readline()
            assert line, "the server ended"
            # Between them are the log's lines.
            if line.startswith(('{"ready"', '{"status"', '{"killed"')):
                found: dict[str, Any] = json.loads(line)
                return found

    def post(
        self,
        browser: Any,
        path: str,
        data: Mapping[str, str],
        files: Mapping[str, tuple[str, bytes]],
        kill_at: int = 0,
        *,
        piece: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Post a form as ``browser`` would, to a server that dies at step ``kill_at``, if it takes so many.

        With ``piece`` those bytes are sent in place of the form.
        """
        token = browser.csrf_token()
        asked = {
            "path": path,
            "cookie": browser.get_cookie("vetting").value,
            "data": {**data, "csrf_token": token},
            "files": {field: (name, base64.b64encode(body).decode()) for field, (name, body) in files.items()},
            "piece": None if piece is None else base64.b64encode(piece).decode(),
            "headers": {**(headers or {}), "X-CSRFToken": token},
            "kill_at": kill_at or None,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        said: dict[str, Any] = {}
        while "killed" not in (line := self._line()):
            said = line
        return Answer(said.get("status", 0), said.get("steps", 0), said.get("text", ""), line["killed"])

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="session")
def servers(built_app: Flask, buckets: Buckets) -> Iterator[dict[str, tuple[str, Server]]]:
    """A server for each kind of store, with the address of the store."""
    running: dict[str, tuple[str, Server]] = {}
    for kind, url in (("disk", ""), ("bucket", buckets.url())):
        running[kind] = url, Server(built_app, url)
    yield running
    for _, each in running.values():
        each.close()


@pytest.fixture(params=["disk", "bucket"])
def server(
    app: Flask,
    servers: dict[str, tuple[str, Server]],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Server:
    """A server of this application; every test that takes it runs against each kind of store."""
    url, running = servers[request.param]
    if url:
        monkeypatch.setitem(app.extensions, "store", bucket.connect(url))
    return running


def pdf_of(mark: str) -> bytes:
    """A PDF of one page like no other."""
    out = BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.docinfo["/Title"] = mark
    document.save(out)
    return out.getvalue()
