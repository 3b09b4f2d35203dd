"""What a person hands over about an agreement that was signed on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from vetting.models import DocumentVersion, PaperKind, SignerRole


@dataclass(frozen=True)
class SignedOnPaper:
    """A signature as it stands on the paper. ``signed_on`` is the local date beside it.

    ``name_reason`` says why the name differs from the one in the text; it is not asked for where the two agree.
    """

    role: SignerRole
    name: str
    title: str
    signed_on: date
    name_reason: str = ""


@dataclass(frozen=True)
class RecordPaper:
    """A scan and what stands on it. ``number`` is the version printed on it; 0 for a contract written elsewhere."""

    kind: PaperKind
    number: int
    signed: tuple[SignedOnPaper, ...]
    scan: DocumentVersion


@dataclass(frozen=True)
class ComparePaper:
    """Word for word the same. ``words_sha256`` names the words that were beside the scan on the page.

    ``names_looked_at``: whoever compares also stands for the reason why a name differs.
    """

    words_sha256: str
    names_looked_at: bool = False
