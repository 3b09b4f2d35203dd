"""The district's one electronic seal on a finished document: PAdES in one revision, no change allowed afterwards.

Only the worker imports this module; it loads the sealing library. What is visible on the page was set before: the seal
itself draws nothing, because any mark the library draws breaks PDF/A and PDF/UA.
"""

import io

from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints, LayoutError
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError
from pyhanko.stamp import StaticStampStyle

from vetting.clock import now
from vetting.documents.errors import KeysUnusable, SealFailed
from vetting.documents.keys import SealKeys

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
    signer = SimpleSigner.load_pkcs12_data(keys.p12, other_certs=(), passphrase=keys.passphrase)
    if signer is None:
        raise KeysUnusable("The seal key cannot be opened.")
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
    sealer = PdfSigner(metadata, signer, timestamper=timestamper, stamp_style=blank)
    try:
        output = sealer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), existing_fields_only=True)
    except TimestampRequestError:
        raise SealFailed("The time-stamp authority did not answer; the seal was not applied.") from None
    except (SigningError, PdfError, LayoutError) as error:
        raise SealFailed(f"The document could not be sealed: {error}") from error
    sealed: bytes = output.getvalue()
    return sealed
