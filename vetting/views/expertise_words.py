"""What a reviewer can know, in words."""

from __future__ import annotations

from flask_babel import gettext as _

from vetting.data.lanes import load_lanes
from vetting.data.vocabulary import load_categories, load_vocabulary
from vetting.queries.workload import CATEGORY, LANGUAGE
from vetting.views.desk_words import category_words


def facet_words(facet: str) -> str:
    """What a kind of expertise is called."""
    if facet == CATEGORY:
        return str(_("Service categories"))
    return str(_("Languages")) if facet == LANGUAGE else str(_("Lanes"))


def value_words(facet: str, value: str) -> str:
    """One thing that a reviewer knows."""
    if facet == CATEGORY:
        return category_words(value)
    known = dict(languages() if facet == LANGUAGE else lanes())
    return known.get(value, value)


def categories() -> list[tuple[str, str]]:
    return [(category.key, category.name) for category in load_categories().categories]


def languages() -> list[tuple[str, str]]:
    """The district's languages; everybody reads English."""
    return [(word.key, word.name) for word in load_vocabulary()["languages"].items if word.key != "en"]


def lanes() -> list[tuple[str, str]]:
    """The lanes that are in use with their pools."""
    return [(lane.key, _(lane.name)) for lane in load_lanes().values()]


def pool_words(key: str) -> str:
    """What a pool is called."""
    return dict(lanes()).get(key) or str(_("Shared pool"))
