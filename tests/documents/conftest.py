"""Documents made once for the whole run: rendering and sealing cost seconds."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.documents.samples import AUDIT, CERTIFICATE, CONTENT
from vetting.documents.agreement import executed_pdf
from vetting.documents.check import RegisterEntry
from vetting.documents.development_keys import ensure_development_keys
from vetting.documents.keys import SealKeys, load_seal_keys
from vetting.documents.seal import seal_pdf

Register = Callable[[str], RegisterEntry | None]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SealKeys:
    return _new_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def other_keys(tmp_path_factory: pytest.TempPathFactory) -> SealKeys:
    """Keys with the same names in their certificates, made by somebody else."""
    return _new_keys(tmp_path_factory.mktemp("other"))


@pytest.fixture(scope="session")
def unsealed() -> bytes:
    return executed_pdf(CONTENT, CERTIFICATE, AUDIT)


@pytest.fixture(scope="session")
def sealed(unsealed: bytes, keys: SealKeys) -> bytes:
    return seal_pdf(unsealed, keys, reason="Executed agreement", location="Example Public Schools")


@pytest.fixture(scope="session")
def register(sealed: bytes, keys: SealKeys) -> Register:
    """A register that knows the sealed agreement and nothing else."""
    entry = RegisterEntry(
        sha256=hashlib.sha256(sealed).hexdigest(),
        reference=CONTENT["reference"],
        title=CONTENT["title"],
        superseded=False,
        content_sha256=CERTIFICATE["content_sha256"],
        seal_fingerprint=keys.fingerprint,
    )
    return lambda sha256: entry if sha256 == entry.sha256 else None


def _new_keys(folder: Path) -> SealKeys:
    ensure_development_keys(folder)
    return load_seal_keys(folder)
