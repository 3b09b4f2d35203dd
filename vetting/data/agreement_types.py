"""Kinds of agreement: which applies, from which template, who signs and confirms, how long, and what must be good.

Bad data stops the program at its start, with the row that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from vetting.data.agreement_template import Clause
from vetting.data.reading import Header, Node, content_hash, content_of, keyed, read_header

AGREEMENT_TYPES = "agreements/types-1.yaml"

ANY = "any"
ACTIVITIES = ("service", "space")
MONEY = ("none", "some")
TERMS = ("fixed", "negotiated")
WITHIN = ("school_year", "fiscal_year", ANY)
SIGNING_ROLES = ("partner_signer", "school_leader", "district_signatory")
CONFIRMING_ROLES = ("school_leader", "coordinator", "director", "risk", "data_privacy", "finance")
BY_HAND, AUTOMATIC = "by_hand", "automatic"
EVERYTHING = "everything"
"""Asks for every document of the partner that stops new agreements when it lapses."""


@dataclass(frozen=True, slots=True)
class When:
    """The answers for which a kind applies."""

    activity: str
    money: str
    terms: str

    def fits(self, activity: str, money: str, terms: str) -> bool:
        asked = ((self.activity, activity), (self.money, money), (self.terms, terms))
        return all(mine in {ANY, given} for mine, given in asked)


@dataclass(frozen=True, slots=True)
class AgreementType:
    """One kind. ``signing`` is empty where the district's order holds; ``notice_days`` is 0 where it ends by itself.

    ``confirms`` names roles that say yes before it is sent, and do not sign. ``evidence`` names document types.
    """

    key: str
    name: str
    summary: str
    when: When
    template: str
    signing: tuple[str, ...]
    confirms: tuple[str, ...]
    within: str
    longest_months: int
    notice_days: int
    evidence: tuple[str, ...]
    leave_out: tuple[str, ...]
    clauses: tuple[Clause, ...]

    @property
    def renews_by_itself(self) -> bool:
        """Whether its parties may agree that it goes on for another term."""
        return self.notice_days > 0


@dataclass(frozen=True, slots=True)
class Tracked:
    """An agreement that is kept as a document of the partner, of the evidence type ``document``."""

    key: str
    name: str
    summary: str
    document: str


@dataclass(frozen=True, slots=True)
class AgreementTypes:
    """One version of the kinds of agreement."""

    header: Header
    types: tuple[AgreementType, ...]
    tracked: tuple[Tracked, ...]
    content_hash: str

    def applying(self, *, activity: str, paid: bool, terms: str) -> AgreementType:
        """The kind for these answers. There is always one."""
        money = "some" if paid else "none"
        return next(kind for kind in self.types if kind.when.fits(activity, money, terms))

    def by_key(self, key: str) -> AgreementType:
        """Raises KeyError."""
        return {kind.key: kind for kind in self.types}[key]


@cache
def load_agreement_types(name: str = AGREEMENT_TYPES) -> AgreementTypes:
    """The kinds in the data file `name`. Raises DataError."""
    return agreement_types_from(content_of(name), name)


def agreement_types_from(content: Mapping[str, Any], source: str) -> AgreementTypes:
    """The kinds that `content` describes; `source` names it in errors. Raises DataError."""
    root = Node(content, source)
    found = AgreementTypes(
        header=read_header(root),
        types=tuple(_type(node) for node in root.nodes("types")),
        tracked=tuple(_tracked(node) for node in root.nodes("tracked", required=False)),
        content_hash=content_hash(content),
    )
    root.finish()
    keyed(found.types, lambda kind: kind.key, root, "types")
    keyed(found.tracked, lambda kind: kind.key, root, "tracked")
    for answers in product(ACTIVITIES, MONEY, TERMS):
        if not any(kind.when.fits(*answers) for kind in found.types):
            words = "activity {}, money {}, terms {}".format(*answers)
            raise root.error("types", f"no kind applies to {words}")
    return found


def _type(node: Node) -> AgreementType:
    when, term, renewal = node.node("when"), node.node("term"), node.node("renewal")
    kind = AgreementType(
        key=node.text("key"),
        name=node.text("name"),
        summary=node.text("summary"),
        when=When(
            _one_of(when, "activity", (*ACTIVITIES, ANY)),
            _one_of(when, "money", (*MONEY, ANY)),
            _one_of(when, "terms", (*TERMS, ANY)),
        ),
        template=node.text("template"),
        signing=_all_of(node, "signing", SIGNING_ROLES),
        confirms=_all_of(node, "confirms", CONFIRMING_ROLES),
        within=_one_of(term, "within", WITHIN),
        longest_months=term.integer("longest_months", minimum=1, maximum=120),
        notice_days=_notice_days(renewal),
        evidence=node.texts("evidence"),
        leave_out=node.texts("leave_out"),
        clauses=tuple(_clause(child) for child in node.nodes("clauses", required=False)),
    )
    for child in (when, term, renewal, node):
        child.finish()
    if kind.signing and "district_signatory" not in kind.signing:
        raise node.error("signing", "somebody signs for the district in every kind")
    if set(kind.signing) & set(kind.confirms):
        raise node.error("confirms", "a role signs or confirms, not both")
    if kind.renews_by_itself and kind.when.money != "none":
        raise node.error("renewal", "only an agreement without money may renew by itself")
    return kind


def _notice_days(node: Node) -> int:
    if _one_of(node, "way", (BY_HAND, AUTOMATIC)) == BY_HAND:
        return 0
    return node.integer("notice_days", minimum=1, maximum=180)


def _one_of(node: Node, key: str, words: tuple[str, ...]) -> str:
    value = node.text(key)
    if value not in words:
        raise node.error(key, f"must be one of {', '.join(words)}")
    return value


def _all_of(node: Node, key: str, words: tuple[str, ...]) -> tuple[str, ...]:
    values = node.texts(key)
    for value in values:
        if value not in words:
            raise node.error(key, f"{value!r} is not one of {', '.join(words)}")
    return values


def _clause(node: Node) -> Clause:
    clause = Clause(node.text("key"), node.text("heading"), node.text("text"))
    node.finish()
    return clause


def _tracked(node: Node) -> Tracked:
    tracked = Tracked(node.text("key"), node.text("name"), node.text("summary"), node.text("document"))
    node.finish()
    return tracked
