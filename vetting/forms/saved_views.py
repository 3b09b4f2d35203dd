"""A view of the queue under a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from vetting.forms.base import BaseForm, one_line

LONGEST_NAME = 80


class ViewForm(BaseForm):
    """``is_taken`` says whether another view that this person may open has the name already."""

    name = StringField(
        _l("Name of the view"),
        [
            DataRequired(_l("Enter a name for the view")),
            Length(max=LONGEST_NAME, message=_l("Shorten this to %(max)d characters or fewer")),
        ],
        filters=[one_line],
    )
    team = BooleanField(_l("Offer it to the team: everyone in the office can open it and read its name"))

    def __init__(self, *args: Any, is_taken: Callable[[str], bool], **kwargs: Any) -> None:
        self.is_taken = is_taken
        super().__init__(*args, **kwargs)

    def validate_name(self, field: Any) -> None:
        if self.is_taken(field.data):
            raise ValidationError(_l("There is a view with this name already. Choose another name"))
