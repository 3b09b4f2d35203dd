"""The words of the yearly attestation, the kinds of interests it asks for, and mail that tells no employer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from vetting.data.reading import Header, Node, content_of, keyed, read_header

ATTESTATION = "attestation-1.yaml"


@dataclass(frozen=True, slots=True)
class InterestKind:
    """A kind of interest that people list."""

    key: str
    label: str
    help: str


@dataclass(frozen=True, slots=True)
class AttestationText:
    """One version of the words that people give their word on. ``header.name`` is kept with each attestation."""

    header: Header
    text: str
    help: str
    kinds: tuple[InterestKind, ...]
    public_mail: frozenset[str]


@cache
def load_attestation(name: str = ATTESTATION) -> AttestationText:
    """The file as it ships. Raises DataError."""
    root = Node(content_of(name), name)
    header = read_header(root)
    kinds = []
    for node in root.nodes("interests"):
        kinds.append(InterestKind(node.text("key"), node.text("label"), node.text("help")))
        node.finish()
    keyed(kinds, lambda kind: kind.key, root, "interests")
    found = AttestationText(
        header=header,
        text=root.text("text"),
        help=root.text("help"),
        kinds=tuple(kinds),
        public_mail=frozenset(root.texts("public_mail")),
    )
    root.finish()
    return found
