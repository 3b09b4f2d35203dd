"""Texts of a form for a translator and back, as a PO file: the path as context, the English as id."""

from __future__ import annotations

import io
from collections.abc import Mapping

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from vetting.data.reading import DataError
from vetting.questionnaires.form import Form
from vetting.questionnaires.texts import Standing, mark, standing, texts_of

MOST_BYTES = 2 * 1024 * 1024


def to_po(form: Form, language: str) -> bytes:
    """Every text of the form; one that is out of date is marked fuzzy, as translators' tools expect."""
    catalog = Catalog(project=form.header.title, version=str(form.header.version), fuzzy=False)
    catalog.header_comment = f"# {form.header.title}, version {form.header.version}: {language}"
    kept = form.translations.get(language, {})
    for path, state in standing(form, language).items():
        english = texts_of(form)[path]
        text = kept[path].text if path in kept else ""
        catalog.add(english, text, context=path, flags=("fuzzy",) if state is Standing.OUT_OF_DATE else ())
    file = io.BytesIO()
    write_po(file, catalog, width=100, omit_header=False)
    return file.getvalue()


def from_po(data: bytes, known: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The translations in a file by path, with the mark of the English they were made from. Raises DataError.

    ``known`` are the English texts by path. What the translator left empty or fuzzy is left out.
    """
    name = "translation"
    if len(data) > MOST_BYTES:
        raise DataError(name, "", "the file is larger than 2 MB")
    try:
        data.decode("utf-8")
        catalog = read_po(io.BytesIO(data), abort_invalid=True)
    except UnicodeDecodeError as error:
        raise DataError(name, "", "the file is not text in UTF-8") from error
    except (PoFileError, ValueError, LookupError) as error:
        raise DataError(name, "", "this is not a PO file that can be read") from error
    found: dict[str, tuple[str, str]] = {}
    for message in catalog:
        if not message.id or message.fuzzy or not isinstance(message.string, str) or not message.string.strip():
            continue
        path = message.context or ""
        if path not in known:
            raise DataError(name, f"line {message.lineno}", f"there is no text “{path[:80]}” in this draft")
        found[path] = (message.string.strip(), mark(str(message.id)))
    if not found:
        raise DataError(name, "", "the file holds no translation")
    return found
