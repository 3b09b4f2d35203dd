"""What is typed about an agreement that was signed on paper: who signed, with which title, on which day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Optional

from vetting.forms.agreement_rows import MayWait
from vetting.forms.base import BaseForm, one_line
from vetting.forms.evidence import UploadForm
from vetting.forms.fields import LINE, CountField, DayField, limit
from vetting.models import DocumentVersion, PaperKind, SignerRole
from vetting.workflows.guards.paper import NAMES_DIFFER
from vetting.workflows.paper_commands import ComparePaper, RecordPaper, SignedOnPaper
from vetting.workflows.typed_name import names_agree

PARTS = ("signed", "name", "why", "title", "on")
REASON = 500


@dataclass(frozen=True)
class Place:
    """Somebody who may have signed on the paper: the role, its words, and what is known before anything is typed."""

    role: SignerRole
    label: str
    name: str = ""
    title: str = ""


class PaperForm(UploadForm):
    """The scan and what stands on it; five fields for each place come with ``paper_form``."""

    places: Sequence[Place] = ()
    kind = PaperKind.CONTRACT

    def rows(self) -> list[dict[str, Any]]:
        """The fields place by place."""
        return [
            {
                "place": place,
                **{part: self[f"{place.role.value}_{part}"] for part in PARTS},
                "differs": self._differs(place),
            }
            for place in self.places
        ]

    def _differs(self, place: Place) -> bool:
        """Whether the name that was typed is not the one in the text."""
        signed, name = self[f"{place.role.value}_signed"].data, self[f"{place.role.value}_name"].data
        return bool(signed and name and place.name) and not names_agree(name, place.name)

    def validate(self, extra_validators: Any = None) -> bool:
        """Whoever signed has a name and a date; a date without a tick is asked about; nobody at all is no paper."""
        valid = super().validate(extra_validators)
        rows = self.rows()
        for row in rows:
            name = row["name"].data or row["place"].label
            if row["signed"].data and not row["name"].data:
                row["name"].errors = [_("Type the name as it stands on the paper")]
            if row["signed"].data and row["on"].data is None and not row["on"].errors:
                row["on"].errors = [_("Enter the date beside the signature of %(name)s", name=name)]
            if row["differs"] and not row["why"].data:
                row["why"].errors = [_(NAMES_DIFFER, text=row["place"].name, paper=row["name"].data)]
            if not row["signed"].data and row["on"].data is not None:
                row["signed"].errors = [_("Tick this if %(name)s signed on the paper, or take the date out", name=name)]
        if rows and not any(row["signed"].data or row["signed"].errors for row in rows):
            rows[0]["signed"].errors = [_("Tick everybody who signed on the paper")]
        return valid and not any(row[part].errors for row in rows for part in PARTS)

    def command(self, scan: DocumentVersion) -> RecordPaper:
        """What was typed, once it is valid."""
        signed = [
            SignedOnPaper(
                row["place"].role,
                row["name"].data,
                row["title"].data or "",
                row["on"].data,
                (row["why"].data or "") if row["differs"] else "",
            )
            for row in self.rows()
            if row["signed"].data
        ]
        number = int(self["number"].data) if "number" in self else 0
        return RecordPaper(self.kind, number, tuple(signed), scan)


def paper_form(kind: PaperKind, places: Sequence[Place], *, known: bool = False) -> PaperForm:
    """The form for these places. ``known``: it is opened for the first time and begins with what we know."""
    fields: dict[str, Any] = {"places": tuple(places), "kind": kind}
    if kind is PaperKind.OUR_TEXT:
        fields["number"] = CountField(
            _l("Which version does the paper say?"),
            [InputRequired(_l("Enter the version that is printed at the top of the paper"))],
            description=_l("It stands at the top of the first page, such as “version 2”."),
        )
    for place in places:
        fields |= _fields(place)
    built: PaperForm = type("BuiltPaperForm", (PaperForm,), fields)(**({"formdata": None} if known else {}))
    return built


def _fields(place: Place) -> dict[str, Any]:
    return {
        f"{place.role.value}_signed": BooleanField(_l("Signed on this paper")),
        f"{place.role.value}_name": StringField(
            _l("Name on the paper"), [MayWait(), limit(LINE)], default=place.name, filters=[one_line]
        ),
        f"{place.role.value}_title": StringField(
            _l("Title on the paper"), [Optional(), limit(LINE)], default=place.title, filters=[one_line]
        ),
        f"{place.role.value}_why": StringField(
            _l("Why the name on the paper differs"), [MayWait(), limit(REASON)], filters=[one_line]
        ),
        f"{place.role.value}_on": DayField(_l("Date on the paper"), [MayWait()]),
    }


class CompareForm(BaseForm):
    """One person's word that the scan and the text are the same."""

    words = HiddenField()
    same = BooleanField(
        _l("I compared every page of the scan with this text, word for word. They are the same."),
        [InputRequired(_l("Compare both, then tick the box. If anything differs, send it back."))],
    )

    def command(self) -> ComparePaper:
        """What the person stands for."""
        return ComparePaper(self.words.data or "")


class CompareNamesForm(CompareForm):
    """The same where a name on the paper is not the one in the text."""

    names = BooleanField(
        _l("I read why the names differ. It is the same person."),
        [InputRequired(_l("Tick this if it is the same person. If you are not sure, send the paper back."))],
    )

    def command(self) -> ComparePaper:
        return ComparePaper(self.words.data or "", names_looked_at=bool(self.names.data))
