"""Seals that were withdrawn before their time, read from the lists (CRL) of the authority that issued them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from vetting.documents.errors import KeysUnusable
from vetting.documents.keys import DEVELOPMENT_FOLDER

FOLDER = "crl"
LIST = ".crl"


def published_lists(keys: Path) -> dict[str, bytes]:
    """Every list that is kept in `keys`/crl, and the one of the development seal, by file name."""
    paths = [*(keys / FOLDER).glob(f"*{LIST}"), *(keys / DEVELOPMENT_FOLDER).glob(f"*{LIST}")]
    return {path.name: path.read_bytes() for path in sorted(paths)}


def withdrawn(lists: Iterable[bytes], chains: Iterable[str]) -> Mapping[str, datetime]:
    """When each seal was withdrawn (UTC), by the fingerprint of its certificate; seals in good standing are not there.

    `chains` are PEM, the seal first. A list counts only for certificates of the authority that signed it. Raises
    KeysUnusable for a list that cannot be read: what it says must not be passed over.
    """
    read = [_read(body) for body in lists]
    found: dict[str, datetime] = {}
    for chain in chains:
        seal, *others = x509.load_pem_x509_certificates(chain.encode("ascii"))
        issuer = next((item for item in (*others, seal) if item.subject == seal.issuer), None)
        for revoked in read:
            entry = revoked.get_revoked_certificate_by_serial_number(seal.serial_number)
            if entry is not None and issuer is not None and _signed_by(revoked, issuer):
                found[seal.fingerprint(SHA256()).hex()] = entry.revocation_date_utc
    return found


def _read(body: bytes) -> x509.CertificateRevocationList:
    try:
        if body.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_crl(body)
        return x509.load_der_x509_crl(body)
    except ValueError:
        raise KeysUnusable("A list of withdrawn seals is damaged.") from None


def _signed_by(revoked: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return revoked.issuer == issuer.subject and revoked.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except TypeError:
        return False
