"""Reads the HTML of answers: strictly once for each form that pages take, quickly every time.

A strict reader written in Python takes a twentieth of a second for a page, and the suite gets many thousands. What it
objects to hangs on a page's tags, the names of their attributes and whether there is text between them, not on what
the text says; so it reads a page whose like it has not yet seen, and a reader written in C reads all of them.
"""

from __future__ import annotations

import re
from typing import Any

import html5lib
from lxml import html as quick

_PARSER = quick.HTMLParser(encoding="utf-8", remove_comments=True)

# Characters that are a mistake anywhere: a page that has one is read strictly whatever else it looks like.
_NEVER = re.compile(
    "[\0-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_REFERENCE = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#34|#39);")
# Whatever cannot end the value early or be a mistake inside it. What kind an input is has a say in where it may stand.
_VALUE = re.compile(r'(?<=[a-z])(?<!\stype)="[^"<>&]*"')
# Text with a quotation mark stays: it could be a value that has gone on too long.
_TEXT = re.compile(r"""(?<=>)[ \t\r\n]*[^<>&"' \t\r\n][^<>&"']*(?=<)""")
_SPACE = re.compile(r"[ \t\r\n]+")

_well_formed: set[str] = set()


def errors_of(page: str) -> list[str]:
    """What is wrong with a page by the rules of HTML, as codes of html5lib; nothing for a well-formed one."""
    shape = shape_of(page)
    if shape is not None and shape in _well_formed:
        return []
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(page)
    errors = [code for _, code, _ in parser.errors]
    if shape is not None and not errors:
        _well_formed.add(shape)
    return errors


def shape_of(page: str) -> str | None:
    """A page without what it says: of two pages with one shape both are well-formed or neither. None: say nothing."""
    if _NEVER.search(page):
        return None
    page = _VALUE.sub('=""', _REFERENCE.sub("x", page))
    return _SPACE.sub(" ", _TEXT.sub("x", page))


def tree_of(page: str) -> Any:
    """The elements of a well-formed page, in no namespace."""
    return quick.document_fromstring(page.encode(), parser=_PARSER)
