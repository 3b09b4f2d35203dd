"""What the virus check means for a file: whether it may be read, and what people are told."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext as _

from vetting.models import DocumentVersion, ScanResult
from vetting.queries.scans import may_be_read
from vetting.text import N_, Message, say

WAITS = N_("Waiting for the virus check. Nobody can open this file before it is done.")
HINDRANCES = {
    ScanResult.INFECTED: N_("The virus scanner found something in this file, so nobody can open it."),
    ScanResult.UNSCANNABLE: N_("The virus scanner could not look at this file, so nobody can open it."),
}


def active() -> bool:
    """Whether there is a scanner that files wait for."""
    return bool(current_app.extensions["scanner"].active)


def on_arrival() -> ScanResult:
    """What a file is when it comes in. Without a scanner it is unscanned, and never called clean."""
    return ScanResult.WAITING if active() else ScanResult.UNSCANNED


def readable(version: DocumentVersion) -> bool:
    """Whether anybody may read this file or see its pages."""
    return may_be_read(version.scan, scanner=active())


def standing(version: DocumentVersion) -> tuple[str, str]:
    """The result in words, and the tone of its tag."""
    if version.scan is ScanResult.CLEAN:
        return _("No virus found"), "good"
    if version.scan is ScanResult.INFECTED:
        return _("A virus was found"), "bad"
    if version.scan is ScanResult.UNSCANNABLE:
        return _("Could not be checked for viruses"), "warn"
    if version.scan is ScanResult.UNSCANNED and not active():
        return _("Not checked for viruses"), ""
    return _("Waiting for the virus check"), "info"


def hindrance(version: DocumentVersion) -> Message | None:
    """Why nobody can open this file; None where people can."""
    if readable(version):
        return None
    return say(HINDRANCES.get(version.scan, WAITS))
