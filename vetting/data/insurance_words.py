"""How the district wants to be named in insurance papers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from vetting.data.reading import Header, Node, content_of, read_header

INSURANCE_WORDS = "documents/insurance-words-1.yaml"


@dataclass(frozen=True, slots=True)
class InsuranceWords:
    """One version: names that are good as certificate holder, and the words that make the district an insured too."""

    header: Header
    names: tuple[str, ...]
    additional_insured: str


@cache
def load_insurance_words(name: str = INSURANCE_WORDS) -> InsuranceWords:
    """The file as it ships. Raises DataError."""
    root = Node(content_of(name), name)
    words = InsuranceWords(read_header(root), root.texts("names"), root.text("additional_insured"))
    root.finish()
    if not words.names:
        raise root.error("names", "at least one name")
    return words
