"""What a scanner is asked, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Protocol

from vetting.models import ScanResult


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a file after a scan. ``finding``: the scanner's own word for what it found, for the office."""

    result: ScanResult
    finding: str = ""


class ScannerUnreachable(Exception):
    """The scanner is down, too slow, or answered nonsense. Nothing is known of the file; ask again later."""


class Scanner(Protocol):
    """Something that looks for viruses. ``active``: whether there is one, so that files wait for it."""

    active: bool

    def scan(self, stream: BinaryIO) -> Verdict:
        """Look at all of ``stream``. Raises ``ScannerUnreachable``; every wait in it is bounded."""
        ...

    def version(self) -> str:
        """The scanner's own name for itself and its signatures. Raises ``ScannerUnreachable``."""
        ...


class NoScanner:
    """There is none: whatever it is asked about stays unscanned, and is never called clean."""

    active = False

    def scan(self, stream: BinaryIO) -> Verdict:
        return Verdict(ScanResult.UNSCANNED)

    def version(self) -> str:
        return ""
