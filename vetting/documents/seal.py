"""The district's one electronic seal on a finished document: PAdES in one revision, no change allowed afterwards.

Only the worker imports this module; it loads the sealing library. What is visible on the page was set before: the seal
itself draws nothing, because any mark the library draws breaks PDF/A and PDF/UA.
"""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager

import pkcs11
from asn1crypto import pem, x509
from pkcs11.exceptions import PKCS11Error
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints, LayoutError
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
from pyhanko.sign.signers import Signer
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError
from pyhanko.stamp import StaticStampStyle

from vetting.clock import now
from vetting.documents.errors import KeysUnusable, SealFailed
from vetting.documents.keys import FileKey, SealKeys, TokenKey

SEAL_FIELD = "DistrictSeal"


def timestamper_at(url: str, timeout_seconds: int = 20) -> TimeStamper:
    """A time-stamp authority (RFC 3161) to hand to `seal_pdf`."""
    return HTTPTimeStamper(url, timeout=timeout_seconds)


def seal_pdf(
    pdf: bytes, keys: SealKeys, *, reason: str, location: str, timestamper: TimeStamper | None = None
) -> bytes:
    """Seal `pdf` in its empty field: PAdES B-B, or B-T when there is a time-stamp authority.

    Raises SealFailed (no empty field, expired certificate, the time-stamp authority does not answer) or KeysUnusable.
    """
    if keys.not_after <= now():
        raise SealFailed(f"The seal certificate ended on {keys.not_after:%Y-%m-%d}; configure its successor.")
    metadata = PdfSignatureMetadata(
        field_name=SEAL_FIELD,
        md_algorithm="sha256",
        reason=reason,
        location=location,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    blank = StaticStampStyle(
        border_width=0, background=RawContent(b"q Q", box=BoxConstraints(1, 1)), background_opacity=1
    )
    try:
        with signer_of(keys) as signer:
            sealer = PdfSigner(metadata, signer, timestamper=timestamper, stamp_style=blank)
            output = sealer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), existing_fields_only=True)
    except TimestampRequestError:
        raise SealFailed("The time-stamp authority did not answer; the seal was not applied.") from None
    except (SigningError, PdfError, LayoutError) as error:
        raise SealFailed(f"The document could not be sealed: {error}") from error
    sealed: bytes = output.getvalue()
    return sealed


def signed_list(content: bytes, keys: SealKeys) -> bytes:
    """A detached CMS signature (DER) of `content` by the seal; raises SealFailed or KeysUnusable."""
    try:
        with signer_of(keys) as signer:
            message = asyncio.run(signer.async_sign_general_data(content, "sha256", detached=True))
    except SigningError as error:
        raise SealFailed(f"The list could not be signed: {error}") from error
    body: bytes = message.dump()
    return body


@contextmanager
def signer_of(keys: SealKeys) -> Iterator[Signer]:
    """The seal, ready to sign: its key in memory, or on its token for as long as this lasts. Raises KeysUnusable."""
    if isinstance(keys.key, FileKey):
        signer = SimpleSigner.load_pkcs12_data(keys.key.p12, other_certs=(), passphrase=keys.key.passphrase)
        if signer is None:
            raise KeysUnusable("The seal key cannot be opened.")
        yield signer
        return
    try:
        with open_pkcs11_session(
            keys.key.module, token_criteria=TokenCriteria(label=keys.key.token), user_pin=keys.key.pin
        ) as session:
            yield _on_token(session, keys.key, keys)
    except (PKCS11Error, RuntimeError) as error:
        raise KeysUnusable(f"The token with the seal key cannot be used: {_why(error)}.") from error


def _on_token(session: pkcs11.Session, key: TokenKey, keys: SealKeys) -> PKCS11Signer:
    seal, *chain = (x509.Certificate.load(pem.unarmor(text.encode("ascii"))[2]) for text in keys.chain_pem)
    # Small tokens sign a digest and leave the digesting to us; every token can do that.
    return PKCS11Signer(session, signing_cert=seal, ca_chain=chain, key_label=key.label, use_raw_mechanism=True)


def _why(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
