"""Divide the Partnership Fund among schools by enrollment and Opportunity Index, exact to the cent.

The shape (enrollment times a weight for need, above a threshold) follows the district's published description; the
weights themselves are a setting. Amounts are whole cents, index scores whole hundredths, and every result carries the
numbers that explain it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from vetting.text import N_, Message, dollars, say

LOWEST_INDEX, HIGHEST_INDEX = 1, 99


class NeedWeight(StrEnum):
    """How an index score becomes a weight: itself, its distance to the threshold, or by a table of tiers.

    With `oi_minus_threshold` a school exactly at the threshold is eligible and has weight zero.
    """

    OI = "oi"
    OI_MINUS_THRESHOLD = "oi_minus_threshold"
    TIERS = "tiers"


class Refusal(StrEnum):
    """Why an allocation cannot be made."""

    BAD_INPUT = "bad_input"
    NOBODY_ELIGIBLE = "nobody_eligible"
    MINIMUMS_TOO_HIGH = "minimums_too_high"


class AllocationRefused(ValueError):
    """The numbers given cannot be allocated; `message` says why in plain words."""

    def __init__(self, refusal: Refusal, message: Message) -> None:
        self.refusal = refusal
        self.message = message
        super().__init__(str(message))


@dataclass(frozen=True, slots=True)
class SchoolNeed:
    """A school as the formula sees it. `index` is in hundredths (56 for 0.56)."""

    school: str
    enrollment: int
    index: int


@dataclass(frozen=True, slots=True)
class Tier:
    """From this index score (hundredths) on, schools have this weight."""

    from_index: int
    weight: int


@dataclass(frozen=True, slots=True)
class FundRule:
    """The settings of a fund year.

    `threshold` is in hundredths; a school at or above it is eligible. `minimum_percent` of last year's amount is kept
    by every school that had one, eligible or not (0 turns this off).
    """

    threshold: int
    need_weight: NeedWeight = NeedWeight.OI
    tiers: tuple[Tier, ...] = ()
    minimum_percent: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """What one school gets, with the numbers behind it.

    `product` is enrollment times weight. `exact_cents` is the share before rounding, None for a school that is held at
    its minimum or gets nothing. `rounding_cent` tells whether the school got one of the cents left by rounding.
    """

    school: str
    enrollment: int
    index: int
    eligible: bool
    weight: int
    product: int
    exact_cents: Fraction | None
    rounding_cent: bool
    minimum_cents: int
    at_minimum: bool
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The whole division. `pool_cents` and `pool_product` are what the schools not held at a minimum share."""

    total_cents: int
    rule: FundRule
    pool_cents: int
    pool_product: int
    shares: tuple[Share, ...]

    def share(self, school: str) -> Share:
        """The share of one school. Raises KeyError."""
        for share in self.shares:
            if share.school == school:
                return share
        raise KeyError(school)


@dataclass(slots=True)
class _Working:
    held: dict[str, int] = field(default_factory=dict)
    pool_cents: int = 0
    pool_product: int = 0


def allocate(
    total_cents: int, schools: Sequence[SchoolNeed], rule: FundRule, previous: Mapping[str, int] | None = None
) -> Allocation:
    """Divide `total_cents` so that the amounts sum to it exactly.

    `previous` holds last year's cents by school, for the minimum. Cents left by rounding go to the largest fractions,
    ties to the larger product and then the lower school id, so the order of the input does not matter.
    Raises AllocationRefused.
    """
    _check(total_cents, schools, rule)
    weights = {school.school: _weight(school, rule) for school in schools}
    products = {school.school: school.enrollment * weights[school.school] for school in schools}
    minimums = {
        school.school: (previous or {}).get(school.school, 0) * rule.minimum_percent // 100 for school in schools
    }
    working = _hold_minimums(total_cents, products, minimums)
    exact = {
        key: Fraction(working.pool_cents * product, working.pool_product)
        for key, product in products.items()
        if product and key not in working.held
    }
    cents = {key: share.numerator // share.denominator for key, share in exact.items()}
    lucky = _rounding_cents(working.pool_cents - sum(cents.values()), exact, products)
    shares = tuple(
        Share(
            school=school.school,
            enrollment=school.enrollment,
            index=school.index,
            eligible=school.index >= rule.threshold,
            weight=weights[school.school],
            product=products[school.school],
            exact_cents=exact.get(school.school),
            rounding_cent=school.school in lucky,
            minimum_cents=minimums[school.school],
            at_minimum=school.school in working.held,
            amount_cents=working.held.get(school.school, cents.get(school.school, 0) + (school.school in lucky)),
        )
        for school in schools
    )
    return Allocation(total_cents, rule, working.pool_cents, working.pool_product, shares)


def index_text(hundredths: int) -> str:
    """An index score as people read it: 0.56."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def explain(allocation: Allocation, school: str) -> tuple[Message, ...]:
    """ "Why this amount?" for one school, a sentence for each step of the arithmetic. Raises KeyError."""
    share, rule = allocation.share(school), allocation.rule
    index, threshold = index_text(share.index), index_text(rule.threshold)
    if not share.eligible:
        lines = [
            say(
                N_("The Opportunity Index is %(index)s. It takes %(threshold)s or more."),
                index=index,
                threshold=threshold,
            )
        ]
    else:
        lines = [
            say(N_("The Opportunity Index is %(index)s, at or above %(threshold)s."), index=index, threshold=threshold),
            say(
                N_("%(enrollment)s students times a weight of %(weight)s make %(product)s points."),
                enrollment=share.enrollment,
                weight=share.weight if rule.need_weight is NeedWeight.TIERS else index_text(share.weight),
                product=_points(share.product, rule),
            ),
        ]
    if share.exact_cents is not None:
        lines.append(
            say(
                N_("%(product)s of %(total)s points, times %(pool)s, make %(amount)s."),
                product=_points(share.product, rule),
                total=_points(allocation.pool_product, rule),
                pool=dollars(allocation.pool_cents),
                amount=dollars(share.amount_cents),
            )
        )
    if share.rounding_cent:
        lines.append(say(N_("One cent of it was left over by rounding.")))
    if share.at_minimum:
        message = N_("It is held at %(percent)s percent of last year's amount, %(amount)s.")
        lines.append(say(message, percent=rule.minimum_percent, amount=dollars(share.amount_cents)))
    return tuple(lines)


def _points(product: int, rule: FundRule) -> str:
    return f"{product:,}" if rule.need_weight is NeedWeight.TIERS else f"{product // 100:,}.{product % 100:02d}"


def _weight(school: SchoolNeed, rule: FundRule) -> int:
    if school.index < rule.threshold:
        return 0
    if rule.need_weight is NeedWeight.OI:
        return school.index
    if rule.need_weight is NeedWeight.OI_MINUS_THRESHOLD:
        return school.index - rule.threshold
    reached = [tier for tier in rule.tiers if tier.from_index <= school.index]
    return max(reached, key=lambda tier: tier.from_index).weight if reached else 0


def _hold_minimums(total_cents: int, products: Mapping[str, int], minimums: Mapping[str, int]) -> _Working:
    """Fix schools whose formula share is below their minimum, until the rest share what is left above theirs."""
    working = _Working(held={key: minimums[key] for key, product in products.items() if not product and minimums[key]})
    if sum(minimums.values()) > total_cents:
        message = N_("The minimums come to %(minimums)s, more than the %(total)s to share.")
        values = {"minimums": dollars(sum(minimums.values())), "total": dollars(total_cents)}
        raise AllocationRefused(Refusal.MINIMUMS_TOO_HIGH, say(message, **values))
    while True:
        working.pool_cents = total_cents - sum(working.held.values())
        sharing = {key: product for key, product in products.items() if product and key not in working.held}
        working.pool_product = sum(sharing.values())
        low = [
            key
            for key, product in sharing.items()
            if working.pool_cents * product < minimums[key] * working.pool_product
        ]
        if not low:
            break
        working.held.update({key: minimums[key] for key in low})
    if working.pool_cents and not working.pool_product:
        raise AllocationRefused(
            Refusal.NOBODY_ELIGIBLE,
            say(N_("No school is eligible with a weight above zero, so nobody can get the money.")),
        )
    return working


def _rounding_cents(left: int, exact: Mapping[str, Fraction], products: Mapping[str, int]) -> frozenset[str]:
    order = sorted(exact, key=lambda key: (-(exact[key] - exact[key].__floor__()), -products[key], key))
    return frozenset(order[:left])


def _check(total_cents: int, schools: Sequence[SchoolNeed], rule: FundRule) -> None:
    def refuse(message: str, **values: str | int) -> None:
        raise AllocationRefused(Refusal.BAD_INPUT, say(message, **values))

    if total_cents < 0:
        refuse(N_("The amount to share must not be below zero."))
    if not LOWEST_INDEX <= rule.threshold <= HIGHEST_INDEX:
        refuse(N_("The threshold must lie between 0.01 and 0.99."))
    if not 0 <= rule.minimum_percent <= 100:
        refuse(N_("The minimum must lie between 0 and 100 percent."))
    if rule.need_weight is NeedWeight.TIERS and (not rule.tiers or any(tier.weight < 0 for tier in rule.tiers)):
        refuse(N_("Weights by tier need at least one tier, and no weight below zero."))
    seen: set[str] = set()
    for school in schools:
        if school.school in seen:
            refuse(N_("School %(school)s is listed twice."), school=school.school)
        if school.enrollment < 0:
            refuse(N_("School %(school)s has fewer than zero students."), school=school.school)
        if not LOWEST_INDEX <= school.index <= HIGHEST_INDEX:
            refuse(N_("The index of school %(school)s must lie between 0.01 and 0.99."), school=school.school)
        seen.add(school.school)
