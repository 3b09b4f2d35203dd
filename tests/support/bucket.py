"""A bucket that speaks S3 over real HTTP on this machine, and a line to it that can be made bad.

The server runs in a process of its own, so what a client sends really crosses a socket. ``BadLine`` stands between:
it lets pass, refuses, hangs, answers with an error, or cuts in the middle.
"""

from __future__ import annotations

import itertools
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.request import Request, urlopen

from tests.support.processes import dies_with_parent

ACCESS_KEY, SECRET_KEY = "testing-key", "testing-secret"

_SERVER = """
import logging, sys
logging.disable(logging.CRITICAL)
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""

_names = itertools.count(1)


class Buckets:
    """A running server; every test asks for a bucket of its own."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, *, port: int = 0, prefix: str = "evidence", seconds: float = 10, make: bool = True) -> str:
        """The ``STORE_URL`` of a fresh bucket, reached through ``port`` where one is given."""
        name = f"bucket-{next(_names)}"
        if make:
            signed = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/us-east-1/s3/aws4_request, Signature=x"
            place = f"http://127.0.0.1:{self.port}/{name}"
            urlopen(Request(place, method="PUT", headers={"Authorization": signed}), timeout=10).close()
        return f"s3://{name}/{prefix}?endpoint=http://127.0.0.1:{port or self.port}&seconds={seconds}"


@contextmanager
def running() -> Iterator[Buckets]:
    """The server, for as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509 -- it only makes one system call
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Buckets(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


class BadLine:
    """A line to a server. ``mode`` is ``good``, ``refuse``, ``hang``, ``error``, ``cut``, ``cut_up`` or ``full``.

    ``cut`` ends an answer after ``CUT`` bytes and ``cut_up`` a request; ``full`` answers as a bucket without room does.
    ``after`` lets so many requests pass first.
    """

    CUT = 100_000

    def __init__(self, port: int) -> None:
        self._target = port
        self._mode = "good"
        self._after = 0
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def turn(self, mode: str, after: int = 0) -> None:
        """Be in another mode from now on, for lines that are open as well."""
        self._mode, self._after = mode, after
        self._hang_up()

    def close(self) -> None:
        """No more line at all."""
        self._listener.close()
        self._hang_up()

    def _hang_up(self) -> None:
        for each in tuple(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _now(self) -> str:
        """The mode for the request that begins."""
        if self._after > 0:
            self._after -= 1
            return "good"
        return self._mode

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        with suppress(OSError), client:
            mode = self._now()
            if mode == "refuse":
                return
            if mode == "hang":
                while client.recv(65536):
                    pass
                return
            if mode in {"error", "full"}:
                self._answer(client, mode)
                return
            self._between(client, mode)
        self._open.discard(client)

    @staticmethod
    def _answer(client: socket.socket, mode: str) -> None:
        """Take the whole request, then say no."""
        status, code = ("503 Service Unavailable", "SlowDown") if mode == "error" else ("507 No", "XMinioStorageFull")
        head, _, rest = _head(client)
        left = _length(head) - len(rest)
        while left > 0 and (piece := client.recv(65536)):
            left -= len(piece)
        body = f"<Error><Code>{code}</Code></Error>".encode()
        said = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        client.sendall(said.encode() + body)

    def _between(self, client: socket.socket, mode: str) -> None:
        """One request for each line, so that each is counted."""
        head, end, rest = _head(client)
        with socket.create_connection(("127.0.0.1", self._target)) as server:
            self._open.add(server)
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
            server.sendall(b"\r\n".join([*lines, b"Connection: close"]) + end + rest)
            up = threading.Thread(
                target=_pump, args=(client, server, self.CUT if mode == "cut_up" else None), daemon=True
            )
            up.start()
            _pump(server, client, self.CUT if mode == "cut" else None)
            self._open.discard(server)


def _head(client: socket.socket) -> tuple[bytes, bytes, bytes]:
    seen = b""
    while b"\r\n\r\n" not in seen:
        piece = client.recv(65536)
        if not piece:
            raise ConnectionError
        seen += piece
    return seen.partition(b"\r\n\r\n")


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _pump(source: socket.socket, target: socket.socket, most: int | None) -> None:
    """Carry bytes from one to the other until there are no more, or ``most`` of them have passed."""
    passed = 0
    with suppress(OSError):
        while piece := source.recv(65536):
            passed += len(piece)
            if most is not None and passed > most:
                for each in (source, target):
                    with suppress(OSError):
                        each.shutdown(socket.SHUT_RDWR)
                return
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


def connect(url: str) -> Any:
    """The store at a ``url`` of these buckets."""
    from pathlib import Path

    from vetting.storage.opening import open_store

    return open_store(url, Path("nowhere"), ACCESS_KEY, SECRET_KEY)
