"""A published framework: families of standards, their indicators, the rating scale and the rule that selects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from vetting.data.reading import Header


class Family(StrEnum):
    """The two families of the Quality Standards."""

    PROGRAM = "program"
    ORGANIZATIONAL = "organizational"


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the rating scale."""

    value: int
    name: str
    benchmark: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """The rating scale, lowest level first. Exactly one level is the benchmark."""

    levels: tuple[Level, ...]

    @property
    def benchmark(self) -> int:
        """The level at which an indicator is met."""
        return next(level.value for level in self.levels if level.benchmark)

    @property
    def values(self) -> tuple[int, ...]:
        """The numbers a reviewer may give."""
        return tuple(level.value for level in self.levels)

    def name(self, value: int) -> str:
        """The words for a number of the scale. Raises KeyError for a number outside it."""
        for level in self.levels:
            if level.value == value:
                return level.name
        raise KeyError(value)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing a reviewer rates. `must_have` indicators are what registration checks, met or not met."""

    key: str
    standard_key: str
    text: str
    evidence: tuple[str, ...]
    must_have: bool
    levels: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Standard:
    """A named group of indicators."""

    key: str
    family: Family
    name: str
    summary: str
    critical: bool
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class SelectionRule:
    """What a set of ratings must reach. Means are exact fractions of rating levels."""

    min_mean: Mapping[Family, Fraction]
    no_critical_below: int
    disagreement_levels: int


@dataclass(frozen=True, slots=True)
class Framework:
    """One version of the Quality Standards. Immutable; an application keeps the version it was scored under."""

    header: Header
    scale: Scale
    selection_rule: SelectionRule
    standards: tuple[Standard, ...]
    content_hash: str

    @property
    def indicators(self) -> Iterator[Indicator]:
        """Every indicator in the order of the framework."""
        for standard in self.standards:
            yield from standard.indicators

    @property
    def must_haves(self) -> tuple[Indicator, ...]:
        """The indicators that registration checks."""
        return tuple(indicator for indicator in self.indicators if indicator.must_have)

    def family(self, family: Family) -> tuple[Standard, ...]:
        """The standards of one family."""
        return tuple(standard for standard in self.standards if standard.family is family)

    def standard(self, key: str) -> Standard:
        """The standard with this key. Raises KeyError."""
        for standard in self.standards:
            if standard.key == key:
                return standard
        raise KeyError(key)

    def indicator(self, key: str) -> Indicator:
        """The indicator with this key. Raises KeyError."""
        for indicator in self.indicators:
            if indicator.key == key:
                return indicator
        raise KeyError(key)
