"""The words of one page of a document, taken out inside the limited child. Nothing in the document can run."""

import html
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

LONGEST = 20_000
MOST_XML = 8_000_000
ROWS_PER_PAGE = 100

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Reader = Callable[[bytes, int], tuple[int, str]]


def read(data: Mapping[str, Any], parts: Mapping[str, bytes]) -> tuple[dict[str, object], dict[str, bytes]]:
    """Answer with the number of pages and the text of page `page` (from 1, kept inside the document)."""
    pages, text = READERS[str(data["media_type"])](parts["document"], int(data["page"]))
    return {"pages": pages}, {"text": text[:LONGEST].encode("utf-8", "replace")}


def _pdf(content: bytes, page: int) -> tuple[int, str]:
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    pages = len(document)
    if pages == 0:
        return 0, ""
    return pages, document[_inside(page, pages) - 1].get_textpage().get_text_bounded()


def _docx(content: bytes, page: int) -> tuple[int, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("word/document.xml") as stream:
        xml = stream.read(MOST_XML).decode("utf-8", "replace")
    paragraphs = (re.sub(r"<[^>]+>", "", part) for part in re.split(r"</w:p>|<w:br ?/>", xml))
    return 1, "\n".join(html.unescape(text) for text in paragraphs if text.strip())


def _xlsx(content: bytes, page: int) -> tuple[int, str]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheet = book.worksheets[_inside(page, len(book.worksheets)) - 1]
    rows = sheet.iter_rows(max_row=ROWS_PER_PAGE, max_col=30, values_only=True)
    lines = ["\t".join("" if value is None else str(value) for value in row).rstrip() for row in rows]
    return len(book.worksheets), "\n".join([sheet.title, *lines])


def _inside(page: int, pages: int) -> int:
    return min(max(1, page), pages)


READERS: dict[str, Reader] = {PDF: _pdf, DOCX: _docx, XLSX: _xlsx}


def prepare(media_type: str) -> None:
    """Import what reading this kind needs, before the child may no longer open files."""
    if media_type == PDF:
        import pypdfium2  # noqa: F401
    elif media_type == XLSX:
        import openpyxl.reader.excel  # noqa: F401
