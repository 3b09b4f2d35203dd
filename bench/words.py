"""Made-up names and facts, the same for the same number."""

from __future__ import annotations

import random

from vetting.data.vocabulary import load_vocabulary, word_lists
from vetting.refs import ALPHABET
from vetting.workflows.effects.profiles import FACETS

_WORDS = """
Amber Birch Canal Delta Eastern Forest Granite Harbor Inland Juniper Kestrel Lantern Maple Northern
Bridge Circle Corner Court Field Garden Grove Hill House Lane Orchard Path Square Street Terrace Yard
Alliance Center Collective Council Fellowship Foundation Institute League Network Project Trust Union
Orchestra Robotics Tutoring Theater Rowing Coding Gardening Reading Debate Dance
Club Workshop Academy Studio Lab Circle Program Team School Camp
"""
FIRST, SECOND, THIRD, SUBJECTS, FORMS = (line.split() for line in _WORDS.strip().splitlines())

SEARCHED = "orchestra"
"""A word that one program in ten has in its name."""

_SOURCES = {
    "grade": "grades",
    "day": "days",
    "time": "times_of_day",
    "season": "seasons",
    "language": "languages",
    "cost": "cost_bands",
    "delivery_mode": "delivery_modes",
    "target_group": "target_groups",
    "neighborhood": "neighborhoods",
    "organization_kind": "organization_kinds",
    "location": "location_kinds",
}


class Words:
    """Draws everything from one seeded source."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        lists = load_vocabulary()
        services = word_lists()["service_categories"].items
        self.facets = {facet: [word.key for word in lists[source].items] for facet, source in _SOURCES.items()}
        self.facets["category"] = sorted({word.key.partition(".")[0] for word in services})
        missing = set(FACETS.values()) - set(self.facets)
        if missing:
            raise LookupError(f"The seed knows no words for the facets {', '.join(sorted(missing))}.")

    def organization(self) -> str:
        return " ".join((self.draw.choice(FIRST), self.draw.choice(SECOND), self.draw.choice(THIRD)))

    def program(self) -> str:
        return f"{self.draw.choice(SUBJECTS)} {self.draw.choice(FORMS)}"

    def reference(self, prefix: str) -> str:
        """A public reference in the program's own form."""
        letters = "".join(self.draw.choices(ALPHABET, k=8))
        return f"{prefix}-{letters[:4]}-{letters[4:]}"

    def facet(self, name: str) -> str:
        return self.draw.choice(self.facets[name])

    def hexadecimal(self, length: int) -> str:
        return f"{self.draw.getrandbits(length * 4):0{length}x}"

    def days(self, most: int) -> int:
        return self.draw.randrange(most)
