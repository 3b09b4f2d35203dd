"""The words with which an organization certifies that nothing has changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from vetting.data.reading import Header, Node, content_of, read_header

CERTIFICATE = "certificate-1.yaml"


@dataclass(frozen=True, slots=True)
class CertificateText:
    """One version of the statement. ``header.name`` is kept with each certificate."""

    header: Header
    text: str


@cache
def load_certificate(name: str = CERTIFICATE) -> CertificateText:
    """The file as it ships. Raises DataError."""
    root = Node(content_of(name), name)
    found = CertificateText(header=read_header(root), text=root.text("text"))
    root.finish()
    return found
