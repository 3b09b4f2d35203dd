"""A signed list of every executed document, so that a folder of them can be checked without this system.

The signed bytes are the manifest file itself: `openssl dgst -sha256 -verify` needs nothing of ours.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from vetting.canonical import canonical_json
from vetting.documents.errors import KeysUnusable, ManifestInvalid
from vetting.documents.keys import SealKeys, private_key

SCHEMA = "executed-agreements/1"


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One executed document: file name in the export, SHA-256 (hex), reference, time of execution (UTC ISO)."""

    file: str
    sha256: str
    reference: str
    executed_at: str


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """Three files: `manifest.json` (canonical), `manifest.sig` (its signature), `certificates.pem` (signer first)."""

    manifest: bytes
    signature: bytes
    certificates: bytes


def signed_manifest(entries: Iterable[ManifestEntry], keys: SealKeys, made_at: datetime) -> SignedManifest:
    """List `entries` in order of file name and sign the list with the seal key."""
    listed = sorted((asdict(entry) for entry in entries), key=lambda item: str(item["file"]))
    manifest = canonical_json(
        {
            "schema": SCHEMA,
            "made_at": made_at.astimezone(UTC).isoformat(timespec="seconds"),
            "development": keys.development,
            "documents": listed,
        }
    )
    key = private_key(keys)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        signature = key.sign(manifest, ec.ECDSA(SHA256()))
    elif isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(manifest, padding.PKCS1v15(), SHA256())
    else:
        raise KeysUnusable("The seal key must be an elliptic-curve or RSA key.")
    return SignedManifest(manifest, signature, "".join(keys.chain_pem).encode("ascii"))


def check_manifest(signed: SignedManifest, trusted: Sequence[str]) -> list[ManifestEntry]:
    """The entries of a manifest signed under one of the `trusted` PEM certificates; raises ManifestInvalid."""
    signer = _trusted_signer(signed.certificates, trusted)
    key = signer.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signed.signature, signed.manifest, ec.ECDSA(SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signed.signature, signed.manifest, padding.PKCS1v15(), SHA256())
        else:
            raise ManifestInvalid("The manifest is signed with a kind of key we do not use.")
    except InvalidSignature:
        raise ManifestInvalid("The manifest was changed after it was signed.") from None
    try:
        content = json.loads(signed.manifest)
        if content["schema"] != SCHEMA:
            raise ManifestInvalid("This is not a list of executed agreements.")
        return [ManifestEntry(**item) for item in content["documents"]]
    except (ValueError, KeyError, TypeError):
        raise ManifestInvalid("The manifest is damaged.") from None


def _trusted_signer(certificates: bytes, trusted: Sequence[str]) -> x509.Certificate:
    try:
        signer = x509.load_pem_x509_certificates(certificates)[0]
    except ValueError:
        raise ManifestInvalid("The manifest comes without a readable certificate.") from None
    for pem in trusted:
        root = x509.load_pem_x509_certificate(pem.encode("ascii"))
        if root == signer or _issued_by(signer, root):
            return signer
    raise ManifestInvalid("The manifest is not signed by a certificate of this district.")


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
