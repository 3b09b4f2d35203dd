"""Looking for viruses, behind one interface: a daemon where the district runs one, nothing where it does not."""

from __future__ import annotations

from urllib.parse import urlsplit

from vetting.scanning.base import NoScanner, Scanner, ScannerUnreachable, Verdict
from vetting.scanning.clamav import Clamd

__all__ = ["Clamd", "NoScanner", "Scanner", "ScannerUnreachable", "Verdict", "scanner_at"]


PORT = 3310
"""Where the daemon listens unless it is told otherwise."""


def scanner_at(url: str) -> Scanner:
    """The scanner that a setting names: ``clamd:///path/of/socket``, ``clamd://host:port``, or none where it is empty.

    Raises ValueError for anything else.
    """
    if not url:
        return NoScanner()
    parts = urlsplit(url)
    if parts.scheme != "clamd" or bool(parts.hostname) == (len(parts.path) > 1):
        raise ValueError(url)
    return Clamd((parts.hostname, parts.port or PORT) if parts.hostname else parts.path)
