"""The words of office documents, in pieces that fit on a screen. Runs in the document child only."""

import html
import io
import re
import zipfile
from collections.abc import Iterable, Iterator

MOST_XML = 8_000_000
LETTERS_PER_PIECE = 6_000
MOST_ROWS = 5_000
ROWS_PER_PIECE = 100
MOST_COLUMNS = 50

Pieces = tuple[list[str], bool]
"""The pieces, and whether there is more in the document than they show."""


def docx(content: bytes) -> Pieces:
    """The paragraphs of a Word document; it has no pages of its own until somebody prints it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("word/document.xml") as stream:
        xml = stream.read(MOST_XML + 1).decode("utf-8", "replace")
    paragraphs = (re.sub(r"<[^>]+>", "", part) for part in re.split(r"</w:p>|<w:br ?/>", xml[:MOST_XML]))
    return list(_pieces(html.unescape(text) for text in paragraphs if text.strip())), len(xml) > MOST_XML


def _pieces(paragraphs: Iterable[str]) -> Iterator[str]:
    piece: list[str] = []
    letters = 0
    for text in _short(paragraphs):
        if piece and letters + len(text) > LETTERS_PER_PIECE:
            yield "\n".join(piece)
            piece, letters = [], 0
        piece.append(text)
        letters += len(text)
    if piece:
        yield "\n".join(piece)


def _short(paragraphs: Iterable[str]) -> Iterator[str]:
    """Paragraphs, the endless ones cut into pieces."""
    for text in paragraphs:
        for start in range(0, len(text), LETTERS_PER_PIECE):
            yield text[start : start + LETTERS_PER_PIECE]


def xlsx(content: bytes) -> Pieces:
    """The sheets of a workbook, each under its name, a hundred rows at a time."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    pieces: list[str] = []
    cut = False
    for sheet in book.worksheets:
        rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
        lines = ["\t".join("" if value is None else str(value) for value in row).rstrip() for row in rows]
        cut = cut or (sheet.max_row or 0) > MOST_ROWS or (sheet.max_column or 0) > MOST_COLUMNS
        for start in range(0, len(lines), ROWS_PER_PIECE):
            piece = lines[start : start + ROWS_PER_PIECE]
            if any(piece):
                pieces.append("\n".join([sheet.title, *piece]))
    return pieces, cut
