"""A signed list of every executed document, so that a folder of them can be checked without this system.

The list is JSON lines: one that says what it is, then one for each document. Its signature is detached CMS by the
district's seal, so `openssl cms -verify` needs nothing of ours.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from vetting.canonical import canonical_json
from vetting.documents.keys import SealKeys

SCHEMA = "executed-agreements/2"
CHECKER = Path(__file__).with_name("standalone") / "check_agreement.py"
README = Path(__file__).with_name("standalone") / "README.txt"


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One executed document as the register has it.

    `size` is in bytes, `executed_at` UTC ISO, `state` the agreement's when the list was made; `chain_head` is the last
    hash of the history inside, `content_sha256` the digest of the text that was signed.
    """

    file: str
    reference: str
    version: int
    sha256: str
    size: int
    content_sha256: str
    chain_head: str
    executed_at: str
    seal_fingerprint: str
    state: str


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """Two files: the list (`manifest.jsonl`) and its detached signature (`manifest.p7s`, DER)."""

    manifest: bytes
    signature: bytes


def signed_manifest(entries: Iterable[ManifestEntry], keys: SealKeys, made_at: datetime) -> SignedManifest:
    """List `entries` in order of file name and sign the list with the seal. Raises SealFailed or KeysUnusable."""
    from vetting.documents.seal import signed_list  # the sealing library is for the command line and the worker

    rows = sorted((asdict(entry) for entry in entries), key=lambda row: str(row["file"]))
    head = {
        "schema": SCHEMA,
        "made_at": made_at.astimezone(UTC).isoformat(timespec="seconds"),
        "development": keys.development,
        "documents": len(rows),
    }
    manifest = b"".join(canonical_json(line) + b"\n" for line in (head, *rows))
    return SignedManifest(manifest, signed_list(manifest, keys))


def read_manifest(manifest: bytes) -> list[ManifestEntry]:
    """The documents of a list whose signature somebody has checked."""
    _, *rows = (json.loads(line) for line in manifest.splitlines())
    return [ManifestEntry(**row) for row in rows]
