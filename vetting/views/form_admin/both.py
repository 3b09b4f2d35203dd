"""What to show when two people changed the same part: both texts, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from vetting.extensions import db
from vetting.forms.base import BaseForm
from vetting.models import ReferenceVersion
from vetting.queries import form_versions


def both_texts(form: BaseForm, theirs: Mapping[str, Any], draft: ReferenceVersion) -> list[dict[str, Any]]:
    """Each field in which what was typed differs from what is kept now, for the component of two versions."""
    last = next(iter(form_versions.history(db.session(), draft.id)), None)
    who = last.actor_name if last is not None else ""
    found = []
    for name, field in form._fields.items():
        mine, other = (_said(field, value) for value in (field.data, theirs.get(name)))
        if name != "csrf_token" and mine != other:
            found.append(
                {
                    "label": field.label.text,
                    "yours": {"title": _("Yours"), "text": mine or _("Nothing"), "by": ""},
                    "theirs": {"title": _("Now in the draft"), "text": other or _("Nothing"), "by": who},
                }
            )
    return found


def _said(field: Any, value: Any) -> str:
    if isinstance(value, bool) or field.type == "BooleanField":
        return str(_("Yes") if value else _("No"))
    if field.type == "FieldList":
        return "\n".join(row["name"] for row in value or () if row["name"])
    names = {str(choice[0]): str(choice[1]) for choice in _choices(field)}
    if isinstance(value, list):
        return ", ".join(names.get(str(item), str(item)) for item in value)
    return names.get(str(value), str(value)) if value not in (None, "") else ""


def _choices(field: Any) -> list[tuple[Any, Any]]:
    if not hasattr(field, "iter_choices"):
        return []
    return [(choice.value, choice.label) for choice in field.iter_choices()]
