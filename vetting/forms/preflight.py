"""What a sender says about a finding."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from vetting.forms.applicant import allowed_content
from vetting.forms.base import BaseForm, one_line

LONGEST = 300


class ExplainForm(BaseForm):
    """Why a finding is fine, in a sentence."""

    text = StringField(
        _l("This is fine because …"),
        [
            DataRequired(_l("Say in a few words why it is fine")),
            Length(max=LONGEST, message=_l("Shorten this to %(max)d characters or fewer")),
            allowed_content,
        ],
        filters=[one_line],
        description=_l("The reviewer reads this beside the document."),
        render_kw={"autocomplete": "off"},
    )
