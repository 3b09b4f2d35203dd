"""The scanner's verdicts from a real daemon, and no verdict at all from one that is away, slow or mad."""

import io
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.clamd import FINDING, HARMFUL, LARGEST, Daemon, misbehaving
from tests.support.tools import require_tool
from vetting.models import ScanResult
from vetting.scanning import Clamd, NoScanner, ScannerUnreachable, Verdict, scanner_at


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A real daemon with the tests' own signatures."""
    daemon = Daemon(require_tool("clamd"), tmp_path_factory.mktemp("clamd"))
    daemon.start()
    yield daemon
    daemon.kill()


@pytest.mark.parametrize(
    ("content", "result"),
    [
        (b"%PDF-1.7\n% nothing to find\n", ScanResult.CLEAN),
        (HARMFUL, ScanResult.INFECTED),
        (b"", ScanResult.CLEAN),
        (b"x" * (LARGEST - 1000), ScanResult.CLEAN),
        (b"x" * (LARGEST + 1_000_000), ScanResult.UNSCANNABLE),
        (b"x" * (LARGEST * 12), ScanResult.UNSCANNABLE),
    ],
    ids=["clean", "harmful", "empty", "just below its limit", "over its limit", "far over its limit"],
)
def test_a_real_daemon_tells_harmful_from_clean(daemon: Daemon, content: bytes, result: ScanResult) -> None:
    verdict = scanner_at(f"clamd://{daemon.socket}").scan(io.BytesIO(content))
    assert verdict.result is result
    assert (FINDING in verdict.finding) is (result is ScanResult.INFECTED)
    assert "ClamAV" in scanner_at(f"clamd://{daemon.socket}").version()


def test_a_daemon_that_was_killed_gives_no_verdict_and_one_that_is_back_does(tmp_path: Path) -> None:
    daemon = Daemon(require_tool("clamd"), tmp_path)
    scanner = Clamd(str(daemon.socket))
    with pytest.raises(ScannerUnreachable):
        scanner.scan(io.BytesIO(HARMFUL))
    daemon.start()
    killed = KilledInTheMiddle(daemon)
    with pytest.raises(ScannerUnreachable):
        scanner.scan(killed)
    daemon.start()
    assert scanner.scan(io.BytesIO(HARMFUL)).result is ScanResult.INFECTED
    daemon.kill()


class KilledInTheMiddle(io.BytesIO):
    """A file while which is sent the daemon dies."""

    def __init__(self, daemon: Daemon) -> None:
        super().__init__(b"x" * 1_500_000)
        self.daemon = daemon

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 600_000:
            self.daemon.kill()
        return super().read(size)


def silent(caller: socket.socket) -> None:
    while caller.recv(65_536):
        continue


def hangs_up(caller: socket.socket) -> None:
    caller.recv(10)


@pytest.mark.parametrize(
    "act",
    [
        silent,
        hangs_up,
        lambda caller: caller.sendall(b"stream: what was the question? ERROR\n"),
        lambda caller: caller.sendall(b"stream: no idea\n"),
        lambda caller: caller.sendall(b"x" * 20_000),
        lambda caller: caller.sendall(b"\xff\xfe\n"),
    ],
    ids=["never answers", "hangs up", "reports an error", "talks nonsense", "talks without end", "talks noise"],
)
def test_without_a_verdict_nothing_is_clean(act: Callable[[socket.socket], None]) -> None:
    with misbehaving(act) as address, pytest.raises(ScannerUnreachable):
        Clamd(address, total_seconds=0.3).scan(io.BytesIO(b"x" * 3_000_000))


def test_nobody_listening_is_no_verdict(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for scanner in (scanner_at(f"clamd://127.0.0.1:{port}"), scanner_at(f"clamd://{tmp_path}/none")):
        with pytest.raises(ScannerUnreachable):
            scanner.scan(io.BytesIO(b"x"))
        with pytest.raises(ScannerUnreachable):
            scanner.version()


def test_without_a_scanner_nothing_is_called_clean() -> None:
    scanner = scanner_at("")
    assert isinstance(scanner, NoScanner)
    assert scanner.scan(io.BytesIO(b"x")) == Verdict(ScanResult.UNSCANNED)


@pytest.mark.parametrize("url", ["clamd://", "clamd:///", "clamd://host/path", "http://host", "clamd:x", "yes"])
def test_a_misspelled_scanner_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        scanner_at(url)
