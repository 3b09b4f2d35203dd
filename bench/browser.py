"""A signed-in browser on one kept connection."""

from __future__ import annotations

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session

from bench.databases import SECRET
from bench.meter import PEAK, PROCESSOR
from vetting import clock, tokens
from vetting.models import LoginSession, User

QUERIES = "X-Queries"
"""The header in which the measured server says how many statements a request took."""

CSRF = "c5" * 20
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """One answer with what it took: milliseconds until the last byte, those of the processor, statements, bytes.

    ``peak`` is the most memory that the server process has had by then, in kB.
    """

    status: int
    milliseconds: float
    processor: float
    queries: int
    size: int
    body: bytes
    peak: int = 0


class Browser:
    """Asks one server, one request after the other."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.port = port
        self.cookie = cookie
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        return self._ask("POST", path, urlencode(fields).encode())

    def post_body(self, path: str, body: bytes, boundary: str) -> Answer:
        """Post a form with files that is encoded already."""
        return self._ask("POST", path, body, f"multipart/form-data; boundary={boundary}")

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes | None, kind: str = FORM) -> Answer:
        sent = {"Host": f"localhost:{self.port}", "Connection": "keep-alive"}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if body is not None:
            sent["Content-Type"] = kind
        begun = time.perf_counter()
        self._connection.request(method, path, body=body, headers=sent)
        response = self._connection.getresponse()
        content = response.read()
        took = (time.perf_counter() - begun) * 1000
        headers = response.headers
        processor, queries = float(headers.get(PROCESSOR, 0)), int(headers.get(QUERIES, 0))
        peak = int(headers.get(PEAK, 0))
        return Answer(response.status, took, processor, queries, len(content), content, peak)


def signed_in(session: Session, user: User, port: int) -> Browser:
    """A browser that is signed in as a person, by a session row and the cookie that belongs to it."""
    token = tokens.new_token()
    now = clock.now()
    session.add(
        LoginSession(
            user_id=user.id,
            token_digest=tokens.digest(token),
            method="password",
            address="127.0.0.1",
            agent="bench",
            authenticated_at=now,
            expires_at=now + timedelta(days=1),
        )
    )
    session.commit()
    signer = SecureCookieSessionInterface().get_signing_serializer(_keys())
    if signer is None:
        raise RuntimeError("a cookie needs a key")
    kept = {"sid": token, "_user_id": user.fs_uniquifier, "_fresh": True, "fs_paa": now.timestamp(), "csrf_token": CSRF}
    return Browser(port, f"vetting={signer.dumps(kept)}")


def csrf_field() -> str:
    """What the hidden field of a form holds in such a browser."""
    return str(URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token").dumps(CSRF))


def _keys() -> Flask:
    app = Flask("keys")
    app.secret_key = SECRET
    return app
