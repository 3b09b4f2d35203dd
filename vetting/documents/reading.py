"""A file as rows of words with what can be measured of its pages. Runs in the document child only.

What comes out is plain data for the checks before sending; it is looked at once and not kept.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

from vetting.documents import kinds

MOST_PAGES = 30
MOST_ROWS = 3_000
MOST_CELLS = 60
LONGEST_CELL = 2_000
MOST_XML = 8_000_000
MEASURED_SIDE = 1_000
"""Dots of the longer side of the picture that is measured."""
MOST_PIXELS = 80_000_000
COVERS = 0.6
"""Share of a page that a picture covers so that the page counts as a scan."""
LETTER_INCHES = 8.5
DARKEST = 0.002
"""Share of the points of a page that are taken for its print, however little there is."""

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

Data = dict[str, Any]
Cells = list[tuple[float, float, str]]


def read(data: Mapping[str, Any], parts: Mapping[str, bytes]) -> tuple[Data, dict[str, bytes]]:
    """Read the part ``document`` of kind ``media_type``. Answers plain data as ``vetting.preflight`` takes it."""
    try:
        return READERS[str(data["media_type"])](parts["document"]), {}
    except MemoryError:
        return {"outcome": "too_hard"}, {}
    except Exception as error:  # noqa: BLE001 - whatever a hostile file makes a library raise, the answer is the same
        return {"outcome": "damaged", "why": f"{type(error).__name__}: {error}"[:200]}, {}


def prepare(media_type: str) -> None:
    """Import what reading this kind needs, before the child may no longer open files."""
    if media_type == kinds.PDF:
        import pypdfium2  # noqa: F401

        from vetting.documents import textlayer  # noqa: F401
    if media_type in kinds.DRAWN:
        from PIL import Image, ImageFilter  # noqa: F401

        Image.init()
    if media_type == kinds.XLSX:
        import openpyxl.reader.excel  # noqa: F401


def _pdf(content: bytes) -> Data:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        return {"outcome": "locked" if "password" in str(error).lower() else "damaged"}
    # What was typed into a form is part of what the page says.
    document.init_forms()
    count = len(document)
    if count <= 0:
        return {"outcome": "damaged"}
    pages = []
    for number in range(min(count, MOST_PAGES)):
        try:
            pages.append(_pdf_page(document, number))
        except Exception:  # noqa: BLE001 - one bad page does not take the others with it
            pages.append({"problem": "damaged"})
    return {"outcome": "done", "pages": pages, "cut": count > MOST_PAGES}


def _pdf_page(document: Any, number: int) -> Data:
    import pypdfium2.raw

    from vetting.documents import textlayer

    fresh = document[number]
    pypdfium2.raw.FPDFPage_Flatten(fresh, pypdfium2.raw.FLAT_NORMALDISPLAY)
    fresh.close()
    page = document[number]
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise ValueError("A page without an area.")
    lines, _cut = textlayer.lines_on(page, width, height)
    turn = _turn_of(lines)
    found: Data = {
        "rows": _rows(_upright(lines, turn, width, height)),
        "letters": sum(len(word[2]) for line in lines for word in line["words"]),
        "turn": turn,
        "dpi": _dpi(page, width, height),
    }
    picture = page.render(scale=MEASURED_SIDE / max(width, height), draw_annots=True, grayscale=True).to_pil()
    page.close()
    return {**found, **_measured(picture.convert("L"), scan=found["dpi"] is not None)}


def _dpi(page: Any, width: float, height: float) -> int | None:
    """Dots per inch of the picture that covers most of the page; None where none does."""
    import pypdfium2.raw

    found = None
    for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        if (right - left) * (top - bottom) < COVERS * width * height:
            continue
        across, _down = item.get_px_size()
        dots = round(across / max((right - left) / 72, 0.1))
        found = dots if found is None else min(found, dots)
    return found


def _turn_of(lines: list[Data]) -> int:
    """How most letters of the page are turned, in whole quarters clockwise."""
    letters = {0: 0, 90: 0, 180: 0, 270: 0}
    for line in lines:
        quarter = round(line["angle"] / 90) % 4 * 90
        letters[quarter] += sum(len(word[2]) for word in line["words"])
    return max(letters, key=lambda quarter: (letters[quarter], -quarter))


def _upright(lines: list[Data], turn: int, width: float, height: float) -> list[tuple[float, float, float, float, str]]:
    """Words that run the way most do, as (down, x, end, size, text) on the page turned upright."""
    found = []
    for line in lines:
        if round(line["angle"] / 90) % 4 * 90 != turn:
            continue
        angle = math.radians(line["angle"])
        for ahead, length, text in line["words"]:
            x, y = line["x"] + ahead * math.cos(angle), line["y"] + ahead * math.sin(angle)
            across, down = {0: (x, y), 90: (y, width - x), 180: (width - x, height - y), 270: (height - y, x)}[turn]
            found.append((down, across, across + length, float(line["size"]), text))
    return found


def _rows(words: list[tuple[float, float, float, float, str]]) -> list[Cells]:
    """Words that stand beside each other, from left to right, joined into cells where no wide gap is between them."""
    rows: list[list[tuple[float, float, float, float, str]]] = []
    for word in sorted(words):
        last = rows[-1] if rows else None
        if last is not None and abs(word[0] - last[0][0]) <= 0.35 * max(word[3], last[0][3]):
            last.append(word)
        else:
            rows.append([word])
    return [_cells(sorted(row, key=lambda word: word[1])) for row in rows[:MOST_ROWS]]


def _cells(row: list[tuple[float, float, float, float, str]]) -> Cells:
    cells: Cells = []
    for _down, x, end, size, text in row:
        if cells and x - cells[-1][1] <= 0.9 * size:
            before = cells[-1]
            gap = " " if x - before[1] > 0.08 * size else ""
            cells[-1] = (before[0], max(end, before[1]), f"{before[2]}{gap}{text}"[:LONGEST_CELL])
        else:
            cells.append((round(x, 1), round(end, 1), text[:LONGEST_CELL]))
    return cells[:MOST_CELLS]


def _picture(content: bytes) -> Data:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
        if image.width * image.height > MOST_PIXELS:
            return {"outcome": "too_hard"}
        across = min(image.width, image.height)
        image.draft("L", (MEASURED_SIDE, MEASURED_SIDE))
        gray = ImageOps.exif_transpose(image).convert("L")
    gray.thumbnail((MEASURED_SIDE, MEASURED_SIDE))
    # A photograph has no size on paper; it is taken for a letter page.
    return {"outcome": "done", "pages": [{"dpi": round(across / LETTER_INCHES), **_measured(gray, scan=True)}]}


def _measured(gray: Any, *, scan: bool) -> Data:
    """How dark the print of a page is and how much there is, and for a scan how sharp and which way up it is."""
    from PIL import Image, ImageFilter

    histogram, points = gray.histogram(), max(1, gray.width * gray.height)
    paper, print_ = _tone(histogram, points, 0.5), _tone(histogram, points, DARKEST)
    ink = sum(histogram[: (paper + print_) // 2]) / points
    found: Data = {"depth": paper - print_, "ink": round(ink, 5)}
    if not scan or paper == print_:
        return found
    # The steepest edges of the print there is, against the distance between paper and print.
    edges = gray.filter(ImageFilter.FIND_EDGES).crop((2, 2, max(3, gray.width - 2), max(3, gray.height - 2)))
    steep = _tone(edges.histogram(), max(1, edges.width * edges.height), 1 - 0.3 * ink)
    found["sharp"] = round(steep / (3 * (paper - print_)), 3)
    down = list(gray.resize((1, gray.height), Image.Resampling.BOX).get_flattened_data())
    across = list(gray.resize((gray.width, 1), Image.Resampling.BOX).get_flattened_data())
    found["across"] = round(_rough(across) / max(_rough(down), 0.05), 2)
    return found


def _tone(histogram: list[int], points: int, share: float) -> int:
    """The tone below which this share of the points lies."""
    seen = 0
    for tone, count in enumerate(histogram):
        seen += count
        if seen >= share * points:
            return tone
    return 255


def _rough(profile: Iterable[int]) -> float:
    values = list(profile)
    return sum(abs(b - a) for a, b in pairwise(values)) / max(1, len(values) - 1)


def _docx(content: bytes) -> Data:
    """Paragraphs as rows of one cell, rows of tables as rows of cells, in the order of the document."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("word/document.xml") as stream:
        xml = stream.read(MOST_XML + 1)
    if len(xml) > MOST_XML or re.search(rb"<!(?:DOCTYPE|ENTITY)", xml[:4096]):
        return {"outcome": "too_hard"}
    body = ET.fromstring(xml).find(f"{_WORD}body")  # noqa: S314 - no declarations, checked above
    rows: list[Cells] = []
    for block in body if body is not None else ():
        if block.tag == f"{_WORD}tbl":
            for row in block.iter(f"{_WORD}tr"):
                texts = [_words_of(cell) for cell in row.findall(f"{_WORD}tc")]
                rows.append(_columns(texts))
        else:
            rows += [[(0.0, 1.0, part)] for part in _words_of(block).split("\n") if part]
    return _sheets([rows])


def _words_of(element: Any) -> str:
    paragraphs = []
    for paragraph in element.iter(f"{_WORD}p"):
        pieces = []
        for node in paragraph.iter():
            if node.tag == f"{_WORD}t":
                pieces.append(node.text or "")
            elif node.tag in {f"{_WORD}tab", f"{_WORD}br"}:
                pieces.append(" ")
        text = " ".join("".join(pieces).split())
        if text:
            paragraphs.append(text[:LONGEST_CELL])
    return "\n".join(paragraphs)


def _xlsx(content: bytes) -> Data:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheets = []
    for sheet in book.worksheets[:MOST_PAGES]:
        values = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_CELLS, values_only=True)
        sheets.append([[(0.0, 1.0, sheet.title)], *(_columns([_shown(value) for value in row]) for row in values)])
    return _sheets(sheets)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    if isinstance(value, float):
        return f"{value:.2f}"
    return " ".join(str(value).split())[:LONGEST_CELL]


def _columns(texts: list[str]) -> Cells:
    """Cells of a table; a column stands for a hundred points."""
    return [(number * 100.0, number * 100.0 + 90, text) for number, text in enumerate(texts[:MOST_CELLS]) if text]


def _sheets(sheets: list[list[Cells]]) -> Data:
    pages = []
    for rows in sheets:
        kept = [row for row in rows if row][:MOST_ROWS]
        pages.append({"rows": kept, "letters": sum(len(text) for row in kept for _x, _end, text in row)})
    return {"outcome": "done", "pages": pages, "drawn": False}


READERS: dict[str, Callable[[bytes], Data]] = {
    kinds.PDF: _pdf,
    kinds.JPEG: _picture,
    kinds.PNG: _picture,
    kinds.DOCX: _docx,
    kinds.XLSX: _xlsx,
}
