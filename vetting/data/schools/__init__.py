"""The school files that ship with the application, and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from vetting.data.reading import Node, content_of, read_header

SOURCES = "schools/sources-1.yaml"
BOSTON_SCHOOLS = "schools/boston_schools.csv"
DEMONSTRATION_INDEX = "schools/demonstration_index.csv"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file, where it comes from in words, and whether it is made up."""

    file: str
    made_up: bool
    words: str


@cache
def source_files() -> dict[str, SourceFile]:
    """Every school file by its name. Raises DataError."""
    root = Node(content_of(SOURCES), SOURCES)
    read_header(root)
    files = {}
    for node in root.nodes("files"):
        source = SourceFile(node.text("file"), node.flag("made_up"), node.text("words"))
        node.finish()
        files[source.file] = source
    root.finish()
    return files


def file_bytes(name: str) -> bytes:
    """The bytes of a file, as an import reads them."""
    return resources.files("vetting.data").joinpath(name).read_bytes()
