"""What the demonstration's reviewers know, and how much they take on."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.jobs.demo.cast import REVIEWERS
from vetting.jobs.demo.scene import Scene
from vetting.queries import expertise

KNOWN: tuple[tuple[Mapping[str, tuple[str, ...]], int | None], ...] = (
    ({"category": ("enrichment", "stem"), "language": ("es",)}, None),
    ({"category": ("stem",), "language": ("vi", "zh")}, 6),
    ({"category": ("enrichment", "social_emotional"), "language": ("ht", "fr")}, 4),
    ({"category": ("academic_support", "college_access"), "language": ("pt", "kea")}, None),
)
"""Expertise and the most reviews at once (None: no limit), in the order of the reviewers."""


def keep(scene: Scene) -> None:
    """Put the same expertise in place, however often this is done."""
    for email, (facets, most) in zip(REVIEWERS, KNOWN, strict=True):
        expertise.keep(scene.session, scene.user(email).id, facets)
        expertise.keep_limit(scene.session, scene.user(email).id, most)
