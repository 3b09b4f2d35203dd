"""The scope-of-service template: fixed clauses, the words of consent and intent, and who signs in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from vetting.data.reading import Header, Node, content_hash, content_of, keyed, read_header

SCOPE_OF_SERVICE = "agreements/scope-of-service-1.yaml"

PARTNERSHIP_FUND, NO_MONEY = "partnership_fund", "none"
"""Sources of money that mean something to the program: one is kept in its books, the other is no money."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the agreement that people fill in."""

    key: str
    heading: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """A fixed clause."""

    key: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """Words that a signer agrees to, with the version that is recorded beside the signature."""

    version: str
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A key and its words."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class AgreementTemplate:
    """One version of the template. `intent.text` has the places `%(role)s` and `%(organization)s`."""

    header: Header
    parts: tuple[Part, ...]
    clauses: tuple[Clause, ...]
    consent: Statement
    intent: Statement
    signing_order: tuple[str, ...]
    roles: tuple[Choice, ...]
    money_sources: tuple[Choice, ...]
    data_bases: tuple[Choice, ...]
    content_hash: str

    def role_name(self, key: str) -> str:
        """The words for a signer's role. Raises KeyError."""
        return {role.key: role.name for role in self.roles}[key]


@cache
def load_agreement_template(name: str = SCOPE_OF_SERVICE) -> AgreementTemplate:
    """The template in the data file `name`. Raises DataError."""
    return agreement_template_from(content_of(name), name)


def agreement_template_from(content: Mapping[str, Any], source: str) -> AgreementTemplate:
    """The template that `content` describes; `source` names it in errors. Raises DataError."""
    root = Node(content, source)
    template = AgreementTemplate(
        header=read_header(root),
        parts=tuple(_part(node) for node in root.nodes("sections")),
        clauses=tuple(_clause(node) for node in root.nodes("clauses")),
        consent=_statement(root.node("consent")),
        intent=_statement(root.node("intent")),
        signing_order=root.texts("signing_order"),
        roles=_choices(root, "roles"),
        money_sources=_choices(root, "money_sources"),
        data_bases=_choices(root, "data_bases"),
        content_hash=content_hash(content),
    )
    root.finish()
    keyed(template.parts, lambda part: part.key, root, "sections")
    keyed(template.clauses, lambda clause: clause.key, root, "clauses")
    if set(template.signing_order) != {role.key for role in template.roles}:
        raise root.error("signing_order", "must name every role once")
    for known in (PARTNERSHIP_FUND, NO_MONEY):
        if known not in {source.key for source in template.money_sources}:
            raise root.error("money_sources", f"must name {known}, which the program knows")
    try:
        template.intent.text % {"role": "", "organization": ""}
    except (KeyError, ValueError, TypeError) as error:
        raise root.error("intent.text", "may only have the places %(role)s and %(organization)s") from error
    return template


def _part(node: Node) -> Part:
    part = Part(node.text("key"), node.text("heading"), node.texts("fields"))
    node.finish()
    return part


def _clause(node: Node) -> Clause:
    clause = Clause(node.text("key"), node.text("heading"), node.text("text"))
    node.finish()
    return clause


def _statement(node: Node) -> Statement:
    statement = Statement(node.text("version"), node.text("text"))
    node.finish()
    return statement


def _choices(root: Node, key: str) -> tuple[Choice, ...]:
    found = []
    for node in root.nodes(key):
        found.append(Choice(node.text("key"), node.text("name")))
        node.finish()
    keyed(found, lambda choice: choice.key, root, key)
    return tuple(found)
