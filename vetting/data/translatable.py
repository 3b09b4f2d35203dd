"""Hand the words of the data files to the tool that collects texts for translators (a Babel extraction method).

Pages translate a label or help text by its English words, as they do for words in code. `babel.cfg` names `extract`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import IO

import yaml

# What people read. Everything else in a data file is a key, a number or a reference.
READ_KEYS = frozenset(
    {
        "categories",
        "description",
        "good_example",
        "heading",
        "help",
        "label",
        "message",
        "name",
        "note",
        "provenance_note",
        "returns",
        "source",
        "summary",
        "text",
        "title",
        "words",
    }
)
# Mappings whose every value people read.
READ_MAPPINGS = frozenset({"levels", "returns"})

Extracted = tuple[int, None, str, list[str]]


def extract(
    fileobj: IO[bytes],
    _keywords: Iterable[str],
    _comment_tags: Iterable[str],
    options: Mapping[str, str],
) -> Iterator[Extracted]:
    """Every text that people read in a YAML data file, with its line."""
    root = yaml.compose(fileobj.read().decode("utf-8"), Loader=yaml.SafeLoader)
    if root is not None:
        yield from _walk(root, read=False)


def _walk(node: yaml.Node, *, read: bool) -> Iterator[Extracted]:
    if isinstance(node, yaml.ScalarNode):
        if read and node.tag == "tag:yaml.org,2002:str":
            yield node.start_mark.line + 1, None, node.value.strip(), []
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _walk(item, read=read and isinstance(item, yaml.ScalarNode))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            wanted = key.value in READ_KEYS and not isinstance(value, yaml.MappingNode)
            yield from _walk(value, read=wanted or (read and isinstance(value, yaml.ScalarNode)))
            if key.value in READ_MAPPINGS and isinstance(value, yaml.MappingNode):
                for _, words in value.value:
                    yield from _walk(words, read=True)
