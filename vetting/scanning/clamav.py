"""ClamAV through its daemon: the file is sent over the socket, so the daemon needs no right to read our store.

The library reads the daemon's answers. Sending is done here, because the library's own way neither bounds the time that
connecting takes nor hears why a daemon stopped listening in the middle, which it does when a file is over its limit.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from typing import BinaryIO

import clamd

from vetting.models import ScanResult
from vetting.scanning.base import ScannerUnreachable, Verdict

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 90.0
"""For sending a file and hearing the answer; far less than the lease of the row that asked for it."""

CHUNK = 256 * 1024
LONGEST_ANSWER = 4096
TOO_LARGE = "size limit exceeded"


class Clamd:
    """A daemon behind a local socket (``path``), or at ``host`` and ``port``."""

    active = True

    def __init__(
        self,
        address: str | tuple[str, int],
        *,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self.address = address
        self.connect_seconds = connect_seconds
        self.total_seconds = total_seconds

    def scan(self, stream: BinaryIO) -> Verdict:
        """The daemon's verdict on all of ``stream``. Raises ``ScannerUnreachable``."""
        with self._connected(self.total_seconds) as line:
            # Where it stops listening it has said why before, unless it died.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                line.say(b"nINSTREAM\n")
                while chunk := stream.read(CHUNK):
                    line.say(struct.pack("!L", len(chunk)) + chunk)
                line.say(struct.pack("!L", 0))
            return _verdict(line.hear())

    def version(self) -> str:
        """What the daemon says it is. Raises ``ScannerUnreachable``."""
        with self._connected(self.connect_seconds) as line:
            line.say(b"nVERSION\n")
            return line.hear()

    @contextlib.contextmanager
    def _connected(self, seconds: float) -> Iterator[_Line]:
        try:
            with contextlib.closing(_connect(self.address, self.connect_seconds)) as connection:
                yield _Line(connection, time.monotonic() + seconds)
        except OSError as error:
            raise ScannerUnreachable(f"{type(error).__name__}: {error}") from error


class _Line:
    """A connection that is given up when its time is over."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline

    def say(self, message: bytes) -> None:
        self._hurry()
        self.connection.sendall(message)

    def hear(self) -> str:
        """One line. Raises OSError, also where the daemon hangs up without a word."""
        heard = b""
        while not heard.endswith(b"\n"):
            self._hurry()
            more = self.connection.recv(LONGEST_ANSWER)
            if not more or len(heard) > LONGEST_ANSWER:
                raise ConnectionError("The scanner ended the call without an answer.")
            heard += more
        return heard.decode("utf-8", "replace").strip()

    def _hurry(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("The scanner took too long.")
        self.connection.settimeout(left)


def _connect(address: str | tuple[str, int], seconds: float) -> socket.socket:
    if not isinstance(address, str):
        return socket.create_connection(address, seconds)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _verdict(answer: str) -> Verdict:
    if TOO_LARGE in answer:
        return Verdict(ScanResult.UNSCANNABLE, "too large for the scanner")
    found = clamd.scan_response.match(answer)
    if found is None or found["status"] == "ERROR":
        raise ScannerUnreachable(answer[:200])
    if found["status"] == "FOUND":
        return Verdict(ScanResult.INFECTED, (found["virus"] or "")[:200])
    return Verdict(ScanResult.CLEAN)
