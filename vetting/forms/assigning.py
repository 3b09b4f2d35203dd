"""What a reviewer knows, and how much they take on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from vetting.forms.base import BaseForm
from vetting.forms.fields import CountField


def _boxes(label: Any) -> SelectMultipleField:
    return SelectMultipleField(
        label,
        [Optional()],
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class ExpertiseForm(BaseForm):
    """A person's expertise by facet, and a reviewer's own limit."""

    category = _boxes(_l("Service categories they know well"))
    language = _boxes(_l("Languages they read"))
    lane = _boxes(_l("Lanes they can look at"))
    most = CountField(
        _l("Most reviews at once"),
        [Optional(), NumberRange(0, 500, _l("Give a number from 0 to 500"))],
        description=_l("Leave this empty if they have no limit. With 0 they get no further reviews by a plan."),
    )

    def offer_lanes_alone(self, lanes: Sequence[tuple[str, str]]) -> None:
        """For somebody who is in charge of cases and reviews none: the lanes they look after."""
        del self.category, self.language, self.most
        self.lane.choices = [SelectChoice(*pair) for pair in lanes]

    def offer(
        self,
        categories: Sequence[tuple[str, str]],
        languages: Sequence[tuple[str, str]],
        lanes: Sequence[tuple[str, str]] | None,
    ) -> None:
        """Set what can be known; without lanes the question about them is left out."""
        self.category.choices = [SelectChoice(*pair) for pair in categories]
        self.language.choices = [SelectChoice(*pair) for pair in languages]
        if lanes is None:
            del self.lane
        else:
            self.lane.choices = [SelectChoice(*pair) for pair in lanes]

    def facets(self) -> dict[str, list[str]]:
        """Chosen values by facet, for the facets that were asked about."""
        return {name: list(self[name].data or ()) for name in ("category", "language", "lane") if name in self}
