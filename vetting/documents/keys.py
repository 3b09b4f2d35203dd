"""The district's seal: one key with its certificate, in a PKCS#12 file, and what may be done with it.

Reading a key needs `cryptography` only, so a web process can show who seals without loading the sealing library.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from vetting.documents.errors import KeysUnusable

DEVELOPMENT = "DEVELOPMENT - NOT VALID"
DEVELOPMENT_FOLDER = "development"
SEAL_FILE = "seal.p12"
PASSPHRASE_FILE = "passphrase"  # noqa: S105 - a file name


@dataclass(frozen=True, slots=True)
class SealKeys:
    """A seal ready for use. Fingerprints are SHA-256 of the DER certificate, lower-case hex."""

    p12: bytes = field(repr=False)
    passphrase: bytes = field(repr=False)
    certificate_pem: str = field(repr=False)
    chain_pem: tuple[str, ...] = field(repr=False)
    subject: str
    fingerprint: str
    not_after: datetime
    development: bool

    @property
    def trusted_pem(self) -> tuple[str, ...]:
        """The self-signed certificates of the chain: what a reader has to trust to check our seal."""
        certificates = [x509.load_pem_x509_certificate(pem.encode("ascii")) for pem in self.chain_pem]
        roots = [item for item in certificates if item.subject == item.issuer]
        return tuple(item.public_bytes(Encoding.PEM).decode("ascii") for item in roots)


def load_seal_keys(path: Path, passphrase: str | None = None) -> SealKeys:
    """Load a PKCS#12 file, or the development keys below a folder (which bring their own passphrase).

    Raises KeysUnusable with a sentence that says what to correct.
    """
    if path.is_dir():
        path, passphrase = _in_folder(path, passphrase)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KeysUnusable(f"The seal key file {path} cannot be read: {error.strerror}.") from None
    return _unlock(data, (passphrase or "").encode("utf-8"), path)


def require_not_development(keys: SealKeys, production: bool) -> None:
    """Raise KeysUnusable when `production` would seal with keys that anybody can make for themselves."""
    if production and keys.development:
        raise KeysUnusable(
            "Production may not seal with development keys: documents would say NOT VALID. "
            "Configure the district's own PKCS#12 file and its passphrase."
        )


def private_key(keys: SealKeys) -> PrivateKeyTypes:
    """The signing key itself; keep it in a local variable."""
    key, _, _ = pkcs12.load_key_and_certificates(keys.p12, keys.passphrase)
    if key is None:
        raise KeysUnusable("The seal key file has no private key.")
    return key


def fingerprint(certificate_pem: str) -> str:
    """SHA-256 of the certificate in DER form, lower-case hex."""
    return x509.load_pem_x509_certificate(certificate_pem.encode("ascii")).fingerprint(SHA256()).hex()


def _in_folder(folder: Path, passphrase: str | None) -> tuple[Path, str]:
    home = folder if (folder / SEAL_FILE).exists() else folder / DEVELOPMENT_FOLDER
    if passphrase is None:
        try:
            passphrase = (home / PASSPHRASE_FILE).read_text("ascii").strip()
        except OSError:
            raise KeysUnusable(f"There is no seal key in {folder}, or no passphrase for it.") from None
    return home / SEAL_FILE, passphrase


def _unlock(data: bytes, passphrase: bytes, path: Path) -> SealKeys:
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, passphrase)
    except ValueError:
        raise KeysUnusable(f"The seal key file {path} is damaged, or the passphrase does not fit.") from None
    if key is None or certificate is None:
        raise KeysUnusable(f"The seal key file {path} must hold a private key with its certificate.")
    chain = (certificate, *others)
    return SealKeys(
        p12=data,
        passphrase=passphrase,
        certificate_pem=_pem(certificate),
        chain_pem=tuple(_pem(item) for item in chain),
        subject=_readable(certificate.subject),
        fingerprint=certificate.fingerprint(SHA256()).hex(),
        not_after=certificate.not_valid_after_utc,
        development=any(DEVELOPMENT in _readable(item.subject) for item in chain),
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def _readable(name: x509.Name) -> str:
    """The common name first, then the rest, as a person would read it."""
    parts = [str(part.value) for part in name]
    return ", ".join(reversed(parts))
