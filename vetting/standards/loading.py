"""Read a framework from its data file or from the content that the database kept of it, and refuse a faulty one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from vetting.data.reading import Node, content_hash, content_of, keyed, read_header
from vetting.standards.framework import Family, Framework, Indicator, Level, Scale, SelectionRule, Standard

QUALITY_STANDARDS = "standards/quality-standards-1.yaml"

_TWO_DECIMALS = re.compile(r"[0-9]+\.[0-9]{2}")


def load_framework(name: str = QUALITY_STANDARDS, *, known_evidence: Collection[str] | None = None) -> Framework:
    """The framework in the data file `name`. Raises DataError naming the file and the key path."""
    return framework_from(content_of(name), name, known_evidence=known_evidence)


def framework_from(
    content: Mapping[str, Any], source: str, *, known_evidence: Collection[str] | None = None
) -> Framework:
    """The framework that `content` describes.

    `source` names it in errors. With `known_evidence`, every evidence key must be one of these.
    Raises DataError.
    """
    root = Node(content, source)
    header = read_header(root)
    scale = read_scale(root)
    rule = _rule(root.node("selection_rule"), scale)
    standards = tuple(_standard(node, scale, known_evidence) for node in root.nodes("standards"))
    root.finish()

    keyed(standards, lambda standard: standard.key, root, "standards")
    indicators = [indicator for standard in standards for indicator in standard.indicators]
    keyed(indicators, lambda indicator: indicator.key, root, "standards")
    for family in Family:
        if not any(standard.family is family for standard in standards):
            raise root.error("standards", f"there is no {family.value} standard")
    if not any(indicator.must_have for indicator in indicators):
        raise root.error("standards", "no indicator is marked must_have, so registration would check nothing")
    return Framework(header, scale, rule, standards, content_hash(content))


def read_scale(root: Node) -> Scale:
    """The `rating_scale` of a framework: numbers that rise by one, one of them the benchmark."""
    levels = []
    for node in root.nodes("rating_scale"):
        levels.append(Level(node.integer("value", minimum=1), node.text("name"), node.flag("benchmark")))
        node.finish()
    first = levels[0].value
    if [level.value for level in levels] != list(range(first, first + len(levels))):
        raise root.error("rating_scale", "the values must rise by one")
    if sum(level.benchmark for level in levels) != 1:
        raise root.error("rating_scale", "exactly one level must be the benchmark")
    return Scale(tuple(levels))


def _rule(node: Node, scale: Scale) -> SelectionRule:
    minimum = {family: _mean(node, f"{family.value}_min_mean", scale) for family in Family}
    rule = SelectionRule(
        min_mean=MappingProxyType(minimum),
        no_critical_below=node.integer("no_critical_below", minimum=min(scale.values), maximum=max(scale.values)),
        disagreement_levels=node.integer("disagreement_levels", minimum=1),
    )
    node.finish()
    return rule


def _mean(node: Node, key: str, scale: Scale) -> Fraction:
    text = node.text(key)
    if not _TWO_DECIMALS.fullmatch(text):
        raise node.error(key, 'expected a number with two decimals in quotation marks, such as "3.00"')
    mean = Fraction(text)
    if not min(scale.values) <= mean <= max(scale.values):
        raise node.error(key, "lies outside the rating scale")
    return mean


def _standard(node: Node, scale: Scale, known_evidence: Collection[str] | None) -> Standard:
    key = node.text("key")
    standard = Standard(
        key=key,
        family=node.choice("family", Family),
        name=node.text("name"),
        summary=node.text("summary"),
        critical=node.flag("critical"),
        indicators=tuple(_indicator(child, key, scale, known_evidence) for child in node.nodes("indicators")),
    )
    node.finish()
    return standard


def _indicator(node: Node, standard_key: str, scale: Scale, known_evidence: Collection[str] | None) -> Indicator:
    key = node.text("key")
    if not key.startswith(f"{standard_key}."):
        raise node.error("key", f"must begin with {standard_key}.")
    levels_node = node.node("levels")
    levels = {value: levels_node.text(str(value)) for value in scale.values}
    levels_node.finish()
    evidence = node.texts("evidence")
    if not evidence:
        raise node.error("evidence", "name at least one kind of evidence")
    for item in evidence:
        if known_evidence is not None and item not in known_evidence:
            raise node.error("evidence", f"there is no evidence type {item!r}")
    indicator = Indicator(
        key=key,
        standard_key=standard_key,
        text=node.text("text"),
        evidence=evidence,
        must_have=node.flag("must_have"),
        levels=MappingProxyType(levels),
    )
    node.finish()
    return indicator
