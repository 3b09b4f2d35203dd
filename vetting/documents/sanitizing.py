"""A copy of a document that can be looked at without harm: no scripts, nothing that starts, fetches or hides.

Runs in the document child only. The original is never changed; pages are drawn from the copy, and whoever may have the
original may have the copy instead.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from vetting.documents import kinds

LARGEST_SIDE = 4096
"""Dots; a photograph is made smaller than that."""
MOST_PIXELS = 80_000_000
QUALITY = 90

HARMLESS_ACTIONS = frozenset({"/GoTo", "/Named", "/SetOCGState", "/Hide"})
PAGE_EXTRAS = ("/AA", "/Metadata", "/PieceInfo", "/Thumb")
CATALOG_EXTRAS = (
    "/AA",
    "/OpenAction",
    "/Metadata",
    "/PieceInfo",
    "/URI",
    "/SpiderInfo",
    "/Requirements",
    "/Extensions",
)
STREAM_EXTRAS = ("/F", "/FFilter", "/FDecodeParms", "/Ref", "/OPI", "/Metadata", "/AF")
"""Where a stream may say that its bytes, or a better version of them, lie elsewhere."""

Answer = tuple[dict[str, object], dict[str, bytes]]


def clean(data: Mapping[str, Any], parts: Mapping[str, bytes]) -> Answer:
    """Answers ``{"outcome": "done"}`` with the part ``copy``, or an outcome that says why there is none."""
    import pikepdf

    try:
        with warnings.catch_warnings():
            # What a library finds odd in a file is no news here.
            warnings.simplefilter("ignore")
            return CLEANERS[str(data["media_type"])](parts["document"])
    except MemoryError:
        return {"outcome": "too_hard"}, {}
    except pikepdf.PasswordError:
        return {"outcome": "locked"}, {}
    except Exception as error:  # noqa: BLE001 - whatever a hostile file makes a library raise, the answer is the same
        return {"outcome": "damaged", "why": f"{type(error).__name__}: {error}"[:200]}, {}


def prepare(media_type: str) -> None:
    """Import what cleaning this kind needs, before the child may no longer open files."""
    import pikepdf.sanitize  # noqa: F401

    if media_type != kinds.PDF:
        from PIL import Image

        Image.init()


def _pdf(content: bytes) -> Answer:
    import pikepdf
    from pikepdf.sanitize import Sanitizer

    with pikepdf.open(io.BytesIO(content)) as document:
        scrub = Sanitizer().remove_javascript().remove_external_access().remove_attachments().remove_multimedia()
        scrub.remove_web_capture().remove_private_app_data().remove_search_index().remove_thumbnails()
        scrub.remove_collection().apply(document)
        _without(document.Root, CATALOG_EXTRAS)
        form = document.Root.get("/AcroForm")
        if isinstance(form, pikepdf.Dictionary):
            _without(form, ("/XFA",))
        for page in document.pages:
            _without(page.obj, PAGE_EXTRAS)
        for each in document.objects:
            if isinstance(each, pikepdf.Stream):
                _without(each, STREAM_EXTRAS)
            elif isinstance(each, pikepdf.Dictionary) and _acts(each.get("/A")):
                # Where the standard knows no action, some reader may all the same.
                del each["/A"]
        if "/Info" in document.trailer:
            del document.trailer["/Info"]
        out = io.BytesIO()
        # A copy is no longer what was encrypted or signed, and does not say so.
        document.save(out, encryption=False, deterministic_id=True)
    return {"outcome": "done"}, {"copy": out.getvalue()}


def _acts(action: Any) -> bool:
    import pikepdf

    return isinstance(action, pikepdf.Dictionary) and str(action.get("/S", "/GoTo")) not in HARMLESS_ACTIONS


def _without(holder: Any, names: tuple[str, ...]) -> None:
    for name in names:
        if name in holder:
            del holder[name]


def _picture(form: str) -> Callable[[bytes], Answer]:
    def draw(content: bytes) -> Answer:
        from PIL import Image, ImageOps

        Image.MAX_IMAGE_PIXELS = None
        with Image.open(io.BytesIO(content), formats=(form,)) as image:
            if image.width * image.height > MOST_PIXELS:
                return {"outcome": "too_large"}, {}
            image.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))
            upright = ImageOps.exif_transpose(_eight_bits(image))
            fresh = upright.convert("RGB" if form == "JPEG" else "RGBA")
            fresh.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2)
        # Only the points go into the copy: nothing that was written beside them.
        points = Image.frombytes(fresh.mode, fresh.size, fresh.tobytes())
        out = io.BytesIO()
        points.save(out, form, **({"quality": QUALITY} if form == "JPEG" else {"compress_level": 1}))
        return {"outcome": "done"}, {"copy": out.getvalue()}

    return draw


def _eight_bits(image: Any) -> Any:
    """The picture with 8 bits for each color; more than that would be cut off instead of scaled."""
    return image.point(lambda value: value / 256).convert("L") if image.mode.startswith("I") else image


CLEANERS: dict[str, Callable[[bytes], Answer]] = {
    kinds.PDF: _pdf,
    kinds.JPEG: _picture("JPEG"),
    kinds.PNG: _picture("PNG"),
}
