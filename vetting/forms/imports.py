"""Forms of imports: the files of a list, and what a person says of partners that look alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, MultipleFileField, RadioField
from wtforms.validators import DataRequired

from vetting.forms.base import BaseForm, shown_again
from vetting.forms.fields import options
from vetting.forms.question_fields import Needed
from vetting.imports.partner_file import MOST_FILES, ZIP_SIGN, refused_at_sight
from vetting.imports.table import MAX_BYTES
from vetting.models import PairChoice, PartnerImportPair

Files = list[tuple[str, bytes]]


class ListForm(BaseForm):
    """The office's list: one workbook, or a CSV file for each sheet."""

    files = MultipleFileField(_l("Choose the list"), [Needed()])

    def read(self) -> Files | None:
        """The files that were chosen, or None with what is wrong with them beside the field."""
        found: Files = []
        problems: list[str] = []
        for item in self.files.data or ():
            if not getattr(item, "filename", ""):
                continue
            name, data = shown_again(str(item.filename))[:120], item.read(MAX_BYTES + 1)
            refused = refused_at_sight(name, data)
            if refused is not None:
                problems.append(refused.translated(_))
            found.append((name, data))
        workbooks = sum(1 for _name, data in found if data.startswith(ZIP_SIGN))
        if not found:
            problems.append(_("Choose the file of your list."))
        elif len(found) > MOST_FILES or (workbooks and len(found) > 1):
            problems.append(_("Choose one workbook, or up to three CSV files."))
        self.files.errors = problems
        return None if problems else found


class LoadForm(BaseForm):
    """The last word before loading."""

    understood = BooleanField(_l("I know that loading cannot be undone."), [DataRequired(_l("Check the box to go on"))])


CHOICES = (
    (PairChoice.SAME, _l("The same partner")),
    (PairChoice.DIFFERENT, _l("Two different partners")),
    (PairChoice.SKIP, _l("Leave this row out")),
)


def pairs_form(pairs: Iterable[PartnerImportPair], *, filled: bool) -> BaseForm:
    """One question for each pair, named by its number."""
    fields: dict[str, Any] = {
        f"pair_{pair.id}": RadioField(
            _l("Is it the same partner?"),
            [Needed()],
            choices=options((choice.value, words) for choice, words in CHOICES),
            default=pair.choice.value if pair.choice is not None else None,
            validate_choice=False,
        )
        for pair in pairs
    }
    kind = type("PairsForm", (BaseForm,), fields)
    built: BaseForm = kind() if filled else kind(formdata=None)
    return built
