"""The district's seal: one key with its certificate, in a PKCS#12 file or on a PKCS#11 token, and what it may be for.

Reading a key needs `cryptography` only, so a web process can show who seals without loading the sealing library.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from vetting.documents.errors import KeysUnusable

DEVELOPMENT = "DEVELOPMENT - NOT VALID"
DEVELOPMENT_FOLDER = "development"
SEAL_FILE = "seal.p12"
PASSPHRASE_FILE = "passphrase"  # noqa: S105 - a file name


@dataclass(frozen=True, slots=True)
class FileKey:
    """A private key in a PKCS#12 file, and what opens it."""

    p12: bytes = field(repr=False)
    passphrase: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A private key that never leaves its token: the driver (a shared library), and where the key is on it."""

    module: str
    token: str
    label: str
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealKeys:
    """A seal ready for use. Fingerprints are SHA-256 of the DER certificate, lower-case hex."""

    key: FileKey | TokenKey
    certificate_pem: str = field(repr=False)
    chain_pem: tuple[str, ...] = field(repr=False)
    subject: str
    fingerprint: str
    not_after: datetime
    development: bool

    @property
    def trusted_pem(self) -> tuple[str, ...]:
        """The self-signed certificates of the chain: what a reader has to trust to check our seal."""
        return roots("".join(self.chain_pem))


def roots(chain: str) -> tuple[str, ...]:
    """The self-signed certificates of a chain in PEM form."""
    found = x509.load_pem_x509_certificates(chain.encode("ascii"))
    return tuple(_pem(item) for item in found if item.subject == item.issuer)


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


def token_seal(key: TokenKey, certificates: Path) -> SealKeys:
    """The seal whose key is on a token; `certificates` is a PEM file, the seal's own first and its root last.

    Raises KeysUnusable for a file that is missing or damaged; whether the token opens shows when it seals.
    """
    try:
        chain = x509.load_pem_x509_certificates(certificates.read_bytes())
    except OSError as error:
        raise KeysUnusable(f"The certificates {certificates} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise KeysUnusable(f"The file {certificates} holds no readable certificate.") from None
    return _seal(key, chain, certificates)


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
    return _seal(FileKey(data, passphrase), (certificate, *others), path)


def _seal(key: FileKey | TokenKey, chain: Sequence[x509.Certificate], path: Path) -> SealKeys:
    if not any(item.subject == item.issuer for item in chain):
        raise KeysUnusable(f"The file {path} must also hold the root certificate that the seal leads back to.")
    seal = chain[0]
    return SealKeys(
        key=key,
        certificate_pem=_pem(seal),
        chain_pem=tuple(_pem(item) for item in chain),
        subject=_readable(seal.subject),
        fingerprint=seal.fingerprint(SHA256()).hex(),
        not_after=seal.not_valid_after_utc,
        development=any(DEVELOPMENT in _readable(item.subject) for item in chain),
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def _readable(name: x509.Name) -> str:
    """The common name first, then the rest, as a person would read it."""
    parts = [str(part.value) for part in name]
    return ", ".join(reversed(parts))
