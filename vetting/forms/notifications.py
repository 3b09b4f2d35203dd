"""The choices of a person about mail, one fieldset for each organization; a reference stands in each field's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vetting.notifications.choices import Choice


@dataclass(frozen=True)
class Place:
    """An organization of the person."""

    number: int
    reference: str
    name: str


def read_choices(given: Mapping[str, str], places: Sequence[Place]) -> dict[int, Choice]:
    """What was chosen for each place that the page showed; anything else in the form is left out."""
    return {
        place.number: Choice(
            daily=given[f"how-{place.reference}"] == "daily",
            reminders=given.get(f"reminders-{place.reference}") == "1",
        )
        for place in places
        if f"how-{place.reference}" in given
    }
