"""Read a YAML data file and walk it with errors that name the file and the key path.

A `Node` is a cursor over one mapping. It hands out typed values, remembers which keys were asked for, and `finish()`
refuses keys nobody asked for, so a misspelt key is an error and never a silently ignored line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any, TypeVar

import yaml

from vetting.canonical import digest

Choice = TypeVar("Choice", bound=StrEnum)
Item = TypeVar("Item")


class DataError(ValueError):
    """A data file does not say what it must say.

    `file` is the name inside the data folder (or the name of a stored version), `where` the path of the key.
    """

    def __init__(self, file: str, where: str, problem: str) -> None:
        self.file = file
        self.where = where
        self.problem = problem
        super().__init__(f"{file}: {where or 'top of the file'}: {problem}")


class Provenance(StrEnum):
    """Whose words a data file carries."""

    DISTRICT = "district"
    EXAMPLE = "example"


@dataclass(frozen=True, slots=True)
class Header:
    """Identity of one version of a data file."""

    key: str
    version: int
    title: str
    provenance: Provenance
    provenance_note: str

    @property
    def name(self) -> str:
        """The name records pin, for example `quality-standards-1`."""
        return f"{self.key}-{self.version}"


class _UniqueKeyLoader(yaml.SafeLoader):
    """SafeLoader that refuses a key written twice, which plain YAML loading would silently overwrite."""


def _mapping_without_repeats(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, bool) or not isinstance(key, (str, int)):
            problem = f"the key {key_node.value!r} must be put in quotation marks"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
        key = str(key)  # as JSON would store it, so that a stored version equals its file
        if key in found:
            raise yaml.MarkedYAMLError(problem=f"the key {key!r} is written twice", problem_mark=key_node.start_mark)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_repeats)


def read_text(name: str) -> str:
    """Text of the data file `name` (a path inside the data folder, for example `forms/registration-1.yaml`)."""
    try:
        return resources.files("vetting.data").joinpath(name).read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise DataError(name, "", "there is no such data file") from error


def read_rows(name: str) -> list[dict[str, str]]:
    """Rows of a CSV data file that ships with the application."""
    return list(csv.DictReader(io.StringIO(read_text(name))))


def parse_yaml(text: str, name: str) -> dict[str, Any]:
    """The mapping written in `text`; `name` is used in errors only."""
    try:
        content = _UniqueKeyLoader(text).get_single_data()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark is not None else ""
        raise DataError(name, where, getattr(error, "problem", None) or "this is not valid YAML") from error
    if not isinstance(content, dict):
        raise DataError(name, "", "expected a list of named values at the top")
    return content


def content_of(name: str) -> dict[str, Any]:
    """The raw mapping of a data file, as a database row would keep it."""
    return parse_yaml(read_text(name), name)


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of a version's content, independent of the order or layout of its file."""
    return digest("reference-data", dict(content))


class Node:
    """A cursor over one mapping of a data file."""

    def __init__(self, value: Mapping[str, Any], file: str, path: str = "") -> None:
        self.value = value
        self.file = file
        self.path = path
        self._asked: set[str] = set()

    def error(self, key: str, problem: str) -> DataError:
        """An error about `key` of this mapping."""
        return DataError(self.file, self._at(key), problem)

    def has(self, key: str) -> bool:
        """Whether the key is present with a value; asking counts, so a key left empty is no unknown key."""
        return self.raw(key) is not None

    def raw(self, key: str) -> Any:
        """The value as parsed, or None."""
        self._asked.add(key)
        return self.value.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """A non-empty text."""
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, "expected a text")
        return value.strip()

    def optional_text(self, key: str) -> str | None:
        """A text, or None when the key is absent."""
        return self.text(key) if self.has(key) else None

    def integer(
        self, key: str, default: int | None = None, *, minimum: int | None = None, maximum: int | None = None
    ) -> int:
        """A whole number inside the limits."""
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(key, "expected a whole number")
        if minimum is not None and value < minimum:
            raise self.error(key, f"must be {minimum} or more")
        if maximum is not None and value > maximum:
            raise self.error(key, f"must be {maximum} or less")
        return value

    def optional_integer(self, key: str, *, minimum: int | None = None) -> int | None:
        """A whole number, or None when the key is absent."""
        return self.integer(key, minimum=minimum) if self.has(key) else None

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.error(key, "expected true or false")
        return value

    def choice(self, key: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        """One of the members of `kind`."""
        value = self.raw(key)
        if value is None and default is not None:
            return default
        try:
            return kind(value)
        except ValueError as error:
            raise self.error(key, f"expected one of {', '.join(kind)}, found {value!r}") from error

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty when the key is absent."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.error(key, "expected a list of texts")
        if len(set(value)) != len(value):
            raise self.error(key, "an item is listed twice")
        return tuple(value)

    def integers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers; empty when the key is absent."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(type(item) is int for item in value):
            raise self.error(key, "expected a list of whole numbers")
        return tuple(value)

    def node(self, key: str) -> Node:
        """A mapping under `key`."""
        value = self.raw(key)
        if not isinstance(value, dict):
            raise self.error(key, "expected named values")
        return Node(value, self.file, self._at(key))

    def nodes(self, key: str, *, required: bool = True) -> Iterator[Node]:
        """Each mapping of the list under `key`."""
        value = self.raw(key)
        if not value and not required:
            return
        if not isinstance(value, list) or (required and not value):
            raise self.error(key, "expected a list with at least one entry")
        for index, item in enumerate(value):
            where = f"{self._at(key)}[{index}]"
            if not isinstance(item, dict):
                raise DataError(self.file, where, "expected named values")
            yield Node(item, self.file, where)

    def finish(self) -> None:
        """Refuse keys that nothing asked for."""
        unknown = [key for key in self.value if key not in self._asked]
        if unknown:
            raise self.error(str(unknown[0]), "this key is not known here; check its spelling")

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def read_header(node: Node) -> Header:
    """The five lines every data file begins with."""
    return Header(
        key=node.text("key"),
        version=node.integer("version", minimum=1),
        title=node.text("title"),
        provenance=node.choice("provenance", Provenance),
        provenance_note=node.text("provenance_note"),
    )


def keyed(items: Sequence[Item], key_of: Callable[[Item], str], node: Node, key: str) -> dict[str, Item]:
    """The items by their key; a key used twice is an error at `key` of `node`."""
    found: dict[str, Item] = {}
    for item in items:
        if key_of(item) in found:
            raise node.error(key, f"the key {key_of(item)!r} is used twice")
        found[key_of(item)] = item
    return found
