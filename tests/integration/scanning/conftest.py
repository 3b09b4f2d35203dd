"""A scanner whose verdicts the test chooses, and the worker that asks it."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, BinaryIO

import pytest

from vetting.models import ScanResult
from vetting.scanning import ScannerUnreachable, Verdict
from vetting.worker import Worker


class Chosen:
    """A scanner that says what the test decided; None is one that does not answer."""

    active = True

    def __init__(self) -> None:
        self.verdict: Verdict | None = Verdict(ScanResult.CLEAN)
        self.asked = 0

    def scan(self, stream: BinaryIO) -> Verdict:
        self.asked += 1
        while stream.read(65_536):
            continue
        if self.verdict is None:
            raise ScannerUnreachable("made up")
        return self.verdict

    def version(self) -> str:
        if self.verdict is None:
            raise ScannerUnreachable("made up")
        return "Made-up scanner 1"


@pytest.fixture
def use_scanner(app: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Chosen]:
    """Gives the program a scanner from here on, until the test ends."""

    def use() -> Chosen:
        chosen = Chosen()
        monkeypatch.setitem(app.extensions, "scanner", chosen)
        return chosen

    return use


@pytest.fixture
def scanner(use_scanner: Callable[[], Chosen]) -> Chosen:
    """The scanner of the program while the test runs."""
    return use_scanner()


class Hands:
    """The worker's hands, and the mail they leave."""

    def __init__(self, app: Any, session: Any) -> None:
        self.session = session
        self.worker = Worker(app)

    def scan(self) -> int:
        """Show everything that is due to the scanner. Returns how many files there were."""
        self.session.rollback()
        count = 0
        while self.worker.scan_next():
            count += 1
        return count

    def mail(self) -> list[EmailMessage]:
        """Deliver what is due, and read the mail that is new."""
        self.session.rollback()
        before = set(self.worker.settings.instance.glob("mail/*.eml"))
        self.worker.drain()
        new = sorted(set(self.worker.settings.instance.glob("mail/*.eml")) - before)
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in new]


@pytest.fixture
def hands(app: Any, session: Any) -> Hands:
    """The worker."""
    with app.app_context():
        return Hands(app, session)
