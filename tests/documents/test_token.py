"""A seal whose key never leaves its token, on a real one made of software."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from tests.documents.samples import AUDIT, CERTIFICATE, CONTENT
from tests.support.tools import require_tool
from vetting.documents.check import self_check
from vetting.documents.development_keys import ensure_development_keys
from vetting.documents.errors import KeysUnusable
from vetting.documents.execute import execute_agreement
from vetting.documents.keys import SealKeys, TokenKey, token_seal
from vetting.documents.seal import seal_pdf, signed_list

PIN = "246810"
MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealKeys]:
    """A seal on a token made for this test, with the key of a development seal brought onto it."""
    tool = require_tool("softhsm2-util")
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    chain = _development_seal(folder)
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    label = ("--token", "district")
    _run(tool, "--init-token", "--free", "--label", "district", "--so-pin", "1357", "--pin", PIN)
    _run(tool, "--import", folder / "key.pem", *label, "--label", "seal", "--id", "01", "--pin", PIN)
    module = next(path for path in MODULES if Path(path).exists())
    yield token_seal(TokenKey(module, "district", "seal", PIN), chain)
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def _run(*words: str | Path) -> None:
    subprocess.run(words, check=True, capture_output=True)


def _development_seal(folder: Path) -> Path:
    """Writes the seal's key as the token wants it; returns the file of its certificates."""
    ensure_development_keys(folder)
    home = folder / "development"
    passphrase = (home / "passphrase").read_bytes()
    key, certificate, others = pkcs12.load_key_and_certificates((home / "seal.p12").read_bytes(), passphrase)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert certificate is not None
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    chain = folder / "chain.pem"
    chain.write_bytes(b"".join(item.public_bytes(Encoding.PEM) for item in (certificate, *others)))
    return chain


def test_a_document_sealed_by_a_token_passes_every_check(unsealed: bytes, token: SealKeys) -> None:
    sealed = seal_pdf(unsealed, token, reason="Executed agreement", location="x")
    self_check(sealed, token, CERTIFICATE["content_sha256"])
    assert PIN not in repr(token)


def test_a_whole_execution_and_its_list_need_no_key_file(token: SealKeys) -> None:
    certificate = {**CERTIFICATE, "seal_fingerprint": token.fingerprint, "seal_subject": token.subject}
    document = execute_agreement(CONTENT, certificate, AUDIT, token)
    assert document.pdf.startswith(b"%PDF")
    assert signed_list(b"a list", token) != signed_list(b"another list", token)


def test_a_token_that_cannot_be_used_says_so(unsealed: bytes, token: SealKeys, tmp_path: Path) -> None:
    assert isinstance(token.key, TokenKey)
    for wrong in (
        replace(token.key, pin="000000"),
        replace(token.key, token="elsewhere"),
        replace(token.key, label="absent"),
        replace(token.key, module=str(tmp_path / "driver.so")),
    ):
        with pytest.raises(KeysUnusable, match="token"):
            seal_pdf(unsealed, replace(token, key=wrong), reason="x", location="x")
    with pytest.raises(KeysUnusable, match="cannot be read"):
        token_seal(token.key, tmp_path / "absent.pem")
    leaf = tmp_path / "leaf.pem"
    leaf.write_text(token.certificate_pem)
    with pytest.raises(KeysUnusable, match="root certificate"):
        token_seal(token.key, leaf)
