"""The words in a file, as far as a machine can read them, within bounds. Pictures and scans have none.

Loaded by the child that examines a file, so it imports nothing of the project and opens nothing without limits.
"""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

MOST_CHARACTERS = 400_000
MOST_PAGES = 60
MOST_FIELDS = 2_000
SECONDS = 4.0
"""Processor time after which what was read so far has to do."""

LEAST_READABLE = 20
"""Characters under which a file counts as one that a machine cannot read."""

WORD_PARTS = re.compile(
    r"word/(?:document|header\d*|footer\d*|footnotes|comments)\.xml|xl/(?:sharedStrings|worksheets/[^/]+)\.xml"
)
ENDS = re.compile(r"</(?:w:p|w:tc|si|c|row)>|<w:(?:br|tab)/>")
TAGS = re.compile(r"<[^<>]*>")
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


def words_of(task: str, path: str) -> str:
    """The words of a file that was found good by the task of this name."""
    reader = READERS.get(task)
    found: list[str] = []
    left = MOST_CHARACTERS
    started = time.process_time()
    for text in reader(path) if reader else ():
        found.append(text[:left])
        left -= len(text)
        if left <= 0 or time.process_time() - started > SECONDS:
            break
    return "\n".join(found)


def readable(text: str) -> bool:
    """Whether there are words at all, so that a rule about words can be asked."""
    return len(text) - len(re.findall(r"\s", text[:10_000])) >= LEAST_READABLE


def _pdf(path: str) -> Iterator[str]:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    # What was typed into the fields of a form is no text of its pages.
    if document.get_formtype():
        yield from _fields(path)
    for number in range(min(len(document), MOST_PAGES)):
        text = document[number].get_textpage().get_text_bounded()
        yield text.replace("\r\n", "\n")


def _fields(path: str) -> Iterator[str]:
    import pikepdf

    with pikepdf.open(path) as document:
        form = document.Root.get("/AcroForm")
        values: list[str] = []
        waiting: list[Any] = list(reversed(list(form.get("/Fields", [])))) if form is not None else []
        seen = 0
        while waiting and seen < MOST_FIELDS:
            field = waiting.pop()
            seen += 1
            waiting += reversed(list(field.get("/Kids", [])))
            value = field.get("/V")
            if isinstance(value, pikepdf.String):
                values.append(str(value))
        # The boxes of a number are fields of their own, one after the other.
        yield " ".join(values)


def _office(path: str) -> Iterator[str]:
    with zipfile.ZipFile(path) as package:
        for part in package.infolist():
            if WORD_PARTS.fullmatch(part.filename):
                with package.open(part) as stream:
                    raw = stream.read(4 * MOST_CHARACTERS).decode("utf-8", "replace")
                text = TAGS.sub("", ENDS.sub("\n", raw))
                for entity, sign in ENTITIES:
                    text = text.replace(entity, sign)
                yield text


READERS: dict[str, Callable[[str], Iterator[str]]] = {"pdf": _pdf, "office": _office}
