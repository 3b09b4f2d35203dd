"""Development keys appear whole, once, and never in production; bad key files say what is wrong."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from vetting.documents.development_keys import DOCUMENT_SIGNING, ensure_development_keys
from vetting.documents.errors import KeysUnusable
from vetting.documents.keys import FileKey, SealKeys, fingerprint, load_seal_keys, require_not_development


def file_key(keys: SealKeys) -> FileKey:
    assert isinstance(keys.key, FileKey)
    return keys.key


MAKE = (
    "import sys; from pathlib import Path; from vetting.documents.development_keys import ensure_development_keys;"
    "ensure_development_keys(Path(sys.argv[1]))"
)


def test_the_seal_says_that_it_is_not_valid_and_production_refuses_it(keys: SealKeys) -> None:
    assert keys.development
    assert "DEVELOPMENT - NOT VALID" in keys.subject
    require_not_development(keys, production=False)
    with pytest.raises(KeysUnusable, match="Production may not seal"):
        require_not_development(keys, production=True)


def test_the_certificate_serves_the_readers_people_use(keys: SealKeys) -> None:
    seal = x509.load_pem_x509_certificate(keys.certificate_pem.encode())
    purposes = seal.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(purposes) == {ExtendedKeyUsageOID.EMAIL_PROTECTION, DOCUMENT_SIGNING}
    assert fingerprint(keys.certificate_pem) == keys.fingerprint
    assert len(keys.trusted_pem) == 1
    seal.verify_directly_issued_by(x509.load_pem_x509_certificate(keys.trusted_pem[0].encode()))


def test_key_files_are_for_their_owner_only_and_stay_the_same(tmp_path: Path) -> None:
    ensure_development_keys(tmp_path)
    files = sorted((tmp_path / "development").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    before = [file.read_bytes() for file in files]
    ensure_development_keys(tmp_path)
    assert [file.read_bytes() for file in files] == before


def test_several_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    starts = [subprocess.Popen([sys.executable, "-c", MAKE, str(tmp_path)]) for _ in range(4)]
    assert [start.wait(60) for start in starts] == [0, 0, 0, 0]
    assert [path.name for path in sorted(tmp_path.iterdir())] == [".lock", "development"]
    assert load_seal_keys(tmp_path).development


def test_a_start_that_was_killed_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    unfinished = tmp_path / ".new-killed"
    unfinished.mkdir()
    (unfinished / "seal.p12").write_bytes(b"half")
    ensure_development_keys(tmp_path)
    assert not unfinished.exists()
    assert load_seal_keys(tmp_path).subject.startswith("DEVELOPMENT - NOT VALID seal")


def test_no_secret_is_printed(keys: SealKeys) -> None:
    assert file_key(keys).passphrase.decode() not in repr(keys)
    assert "PRIVATE" not in repr(keys)


def test_unusable_key_files_say_why(tmp_path: Path, keys: SealKeys) -> None:
    (tmp_path / "broken.p12").write_bytes(b"not a key")
    (tmp_path / "good.p12").write_bytes(file_key(keys).p12)
    for path, passphrase, words in (
        (tmp_path / "absent.p12", "x", "cannot be read"),
        (tmp_path / "broken.p12", "x", "damaged"),
        (tmp_path / "good.p12", "wrong", "does not fit"),
        (tmp_path, None, "no seal key"),
    ):
        with pytest.raises(KeysUnusable, match=words):
            load_seal_keys(path, passphrase)
    assert load_seal_keys(tmp_path / "good.p12", file_key(keys).passphrase.decode()).fingerprint == keys.fingerprint


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KeysUnusable, match="cannot be made"):
        ensure_development_keys(tmp_path / "file" / "keys")
