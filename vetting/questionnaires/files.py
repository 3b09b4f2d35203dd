"""A version of a form as a file to download, and a file back as content. What goes out comes back the same."""

from __future__ import annotations

import json
from typing import Any

import yaml

from vetting.data.reading import DataError, parse_yaml

MOST_BYTES = 1024 * 1024


def to_yaml(content: dict[str, Any]) -> str:
    """The content as YAML, in its own order."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def to_json(content: dict[str, Any]) -> str:
    """The content as JSON, in its own order."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def content_from(data: bytes, name: str) -> dict[str, Any]:
    """The content in an uploaded YAML or JSON file; `name` is used in errors. Raises DataError."""
    if len(data) > MOST_BYTES:
        raise DataError(name, "", "the file is larger than 1 MB, so it is not a form")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(name, "", "the file is not text in UTF-8") from error
    try:
        if text.lstrip().startswith("{"):
            return _json(text, name)
        _refuse_aliases(text, name)
        return parse_yaml(text, name)
    except RecursionError as error:
        raise DataError(name, "", "the lists in this file are nested too deeply") from error


def _json(text: str, name: str) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise DataError(name, "", "a key is written twice")
        return found

    try:
        content = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise DataError(name, f"line {error.lineno}", "this is not valid JSON") from error
    except DataError:
        raise
    except ValueError as error:
        raise DataError(name, "", "a number in this file is too long") from error
    found: dict[str, Any] = content
    return found


def _refuse_aliases(text: str, name: str) -> None:
    """A few lines of references to references can stand for more text than any machine holds."""
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else 0
                raise DataError(name, f"line {line}", "write the text out instead of referring to another place (*)")
    except yaml.YAMLError:
        return  # the reader says what is wrong, with its line
