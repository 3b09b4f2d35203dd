"""Keys made on first start, so that a new machine can seal at once: marked NOT VALID and refused in production."""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from vetting.documents.errors import KeysUnusable
from vetting.documents.keys import DEVELOPMENT, DEVELOPMENT_FOLDER, PASSPHRASE_FILE, SEAL_FILE

DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
# Fixed dates: a rehearsal with the clock set back must still accept its own seal.
FROM = datetime(2020, 1, 1, tzinfo=UTC)
CA_UNTIL = datetime(2050, 1, 1, tzinfo=UTC)
SEAL_UNTIL = datetime(2045, 1, 1, tzinfo=UTC)


def ensure_development_keys(folder: Path) -> None:
    """Make `folder`/development once: seal.p12, ca.p12, their certificates, a list of
    withdrawn seals (empty) and a random passphrase, files 0600.

    Safe to call from several processes at once and after a start that was killed half way: the finished folder appears
    in one rename. Raises KeysUnusable when the folder cannot be written.
    """
    home = folder / DEVELOPMENT_FOLDER
    if (home / SEAL_FILE).exists():
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(folder):
            if (home / SEAL_FILE).exists():
                return
            for unfinished in folder.glob(".new-*"):
                shutil.rmtree(unfinished)
            made = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
            _make(made)
            made.rename(home)
    except OSError as error:
        raise KeysUnusable(f"Development keys cannot be made in {folder}: {error.strerror}.") from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    # The lock goes away with its holder, so a killed start blocks nobody.
    with open(folder / ".lock", "w", opener=_private) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _make(folder: Path) -> None:
    passphrase = secrets.token_urlsafe(32)
    ca_key, seal_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _ca(ca_key)
    seal = _seal(seal_key, ca, ca_key)
    lock = BestAvailableEncryption(passphrase.encode("ascii"))
    files = {
        PASSPHRASE_FILE: passphrase.encode("ascii"),
        "ca.pem": ca.public_bytes(Encoding.PEM),
        "seal.pem": seal.public_bytes(Encoding.PEM),
        "development.crl": _nothing_withdrawn(ca, ca_key),
        "ca.p12": pkcs12.serialize_key_and_certificates(b"ca", ca_key, ca, None, lock),
        SEAL_FILE: pkcs12.serialize_key_and_certificates(b"seal", seal_key, seal, [ca], lock),
    }
    for name, body in files.items():
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEVELOPMENT),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{DEVELOPMENT} {common}"),
        ]
    )


def _usage(*, signs_documents: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs_documents,
        content_commitment=signs_documents,
        key_cert_sign=not signs_documents,
        crl_sign=not signs_documents,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _ca(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = _name("root")
    builder = (
        _builder(name, name, key.public_key(), CA_UNTIL)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(_usage(signs_documents=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, SHA256())


def _seal(
    key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    # Readers built on NSS do not trust a certificate for document signing alone; with e-mail protection they do.
    purposes = [ExtendedKeyUsageOID.EMAIL_PROTECTION, DOCUMENT_SIGNING]
    builder = (
        _builder(_name("seal"), ca.subject, key.public_key(), SEAL_UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_documents=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
    )
    return builder.sign(ca_key, SHA256())


def _nothing_withdrawn(ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(ca.subject).last_update(FROM).next_update(CA_UNTIL)
    return builder.sign(ca_key, SHA256()).public_bytes(Encoding.DER)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(until)
    )
