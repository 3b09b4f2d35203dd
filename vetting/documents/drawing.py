"""Pages of a document as pictures and words. Runs in the document child only; nothing in the document can run or fetch.

A picture is always made anew from points of color, so neither scripts nor metadata of the original get into it.
"""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from vetting.documents import kinds, words

BASE_DPI, BASE_SIDE = 110, 1430
LARGE_DPI, LARGE_SIDE = 200, 2600
"""Dots per inch, and the most dots one side may have however large the page is."""

MOST_PIXELS = 80_000_000
MOST_PAGES = 2000
WIDEST_PICTURE = 612.0
"""A photograph has no size on paper; it is shown as wide as a letter page at most. In points."""

Parts = dict[str, bytes]
Answer = tuple[dict[str, object], Parts]


def draw(data: Mapping[str, Any], parts: Mapping[str, bytes]) -> Answer:
    """Draw ``count`` pages from page ``first`` (from 1).

    Answers ``{"outcome": "done", "pages", "sheets"}`` with one sheet for each page, ``base-N``, ``large-N`` (WebP) and
    ``text-N`` (JSON) as parts; or an outcome that says why nothing can be shown.
    """
    try:
        return READERS[str(data["media_type"])](parts["document"], int(data["first"]), int(data["count"]))
    except MemoryError:
        return {"outcome": "too_hard"}, {}
    except Exception as error:  # noqa: BLE001 - whatever a hostile file makes a library raise, the answer is the same
        return {"outcome": "damaged", "why": _why(error)}, {}


def _why(error: Exception) -> str:
    """For whoever looks into the folder; readers get a sentence instead."""
    return f"{type(error).__name__}: {error}"[:200]


def prepare(media_type: str) -> None:
    """Import what drawing this kind needs, before the child may no longer open files."""
    if media_type == kinds.PDF:
        import pypdfium2  # noqa: F401

        from vetting.documents import textlayer  # noqa: F401
    if media_type in kinds.DRAWN:
        from PIL import Image

        Image.init()
    if media_type == kinds.XLSX:
        import openpyxl.reader.excel  # noqa: F401


def _pdf(content: bytes, first: int, count: int) -> Answer:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        return {"outcome": "locked" if "password" in str(error).lower() else "damaged"}, {}
    pages = len(document)
    if not 0 < pages <= MOST_PAGES:
        return {"outcome": "damaged" if pages <= 0 else "too_hard"}, {}
    # What was typed into a form is drawn by this part of the library; it is built without a script engine.
    document.init_forms()
    sheets, parts = [], {}
    for number in range(first, min(first + count, pages + 1)):
        try:
            sheet, found = _pdf_page(document, number)
        except MemoryError:
            sheet, found = {"problem": "too_hard"}, {}
        except Exception as error:  # noqa: BLE001 - one bad page does not take the others with it
            sheet, found = {"problem": "damaged", "why": _why(error)}, {}
        sheets.append(sheet)
        parts.update(found)
    return {"outcome": "done", "pages": pages, "sheets": sheets}, parts


def _pdf_page(document: Any, number: int) -> tuple[dict[str, object], Parts]:
    import pypdfium2.raw

    from vetting.documents import textlayer

    # Flattening makes notes and what was typed into fields part of the page, for the picture and for its words.
    fresh = document[number - 1]
    pypdfium2.raw.FPDFPage_Flatten(fresh, pypdfium2.raw.FLAT_NORMALDISPLAY)
    fresh.close()
    page = document[number - 1]
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise ValueError("A page without an area.")
    scale = min(LARGE_DPI / 72, LARGE_SIDE / max(width, height))
    large = page.render(scale=scale, draw_annots=True).to_pil().convert("RGB")
    base_scale = min(BASE_DPI / 72, BASE_SIDE / max(width, height))
    lines, cut = textlayer.lines_on(page, width, height)
    page.close()
    text = {"lines": lines, "text": textlayer.plain(lines), "cut": cut}
    return _sheet(number, large, base_scale / scale, (width, height), text)


def _picture(content: bytes, first: int, count: int) -> Answer:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
        if image.width * image.height > MOST_PIXELS:
            return {"outcome": "too_large"}, {}
        if first > 1:
            return {"outcome": "done", "pages": 1, "sheets": []}, {}
        image.draft("RGB", (LARGE_SIDE, LARGE_SIDE))
        upright = ImageOps.exif_transpose(_eight_bits(image))
        clear = upright.convert("RGBA")
        clear.thumbnail((LARGE_SIDE, LARGE_SIDE), Image.Resampling.LANCZOS, reducing_gap=2)
    large = Image.new("RGB", clear.size, "white")
    large.paste(clear, mask=clear.getchannel("A"))
    points = min(WIDEST_PICTURE, large.width * 0.75)
    size = (points, points * large.height / large.width)
    shrink = min(1.0, BASE_SIDE / max(large.size))
    sheet, parts = _sheet(1, large, shrink, size, {"lines": [], "text": "", "cut": False})
    return {"outcome": "done", "pages": 1, "sheets": [sheet]}, parts


def _eight_bits(image: Any) -> Any:
    """The picture with 8 bits for each color; more than that would be cut off instead of scaled."""
    return image.point(lambda value: value / 256).convert("L") if image.mode.startswith("I") else image


def _sheet(
    number: int, large: Any, shrink: float, size: tuple[float, float], text: Mapping[str, object]
) -> tuple[dict[str, object], Parts]:
    """A page in both sizes. ``size`` is its size in points."""
    from PIL import Image

    base = large.resize(
        (max(1, round(large.width * shrink)), max(1, round(large.height * shrink))),
        Image.Resampling.LANCZOS,
        reducing_gap=2,
    )
    sheet = {"width": round(size[0], 2), "height": round(size[1], 2), "base": base.size, "large": large.size}
    return sheet, {
        f"base-{number}": _webp(base),
        f"large-{number}": _webp(large),
        f"text-{number}": json.dumps(text).encode("ascii"),
    }


def _webp(image: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=80, method=2)
    return out.getvalue()


def _office(reader: Callable[[bytes], words.Pieces]) -> Callable[[bytes, int, int], Answer]:
    """A document of which only the words are shown."""

    def read(content: bytes, first: int, count: int) -> Answer:
        pages, more = reader(content)
        sheets: list[dict[str, object]] = []
        parts = {}
        for number in range(first, min(first + count, len(pages) + 1)):
            sheets.append({})
            text = {"lines": [], "text": pages[number - 1], "cut": more and number == len(pages)}
            parts[f"text-{number}"] = json.dumps(text).encode("ascii")
        return {"outcome": "done" if pages else "empty", "pages": len(pages), "sheets": sheets}, parts

    return read


READERS: dict[str, Callable[[bytes, int, int], Answer]] = {
    kinds.PDF: _pdf,
    kinds.JPEG: _picture,
    kinds.PNG: _picture,
    kinds.DOCX: _office(words.docx),
    kinds.XLSX: _office(words.xlsx),
}
