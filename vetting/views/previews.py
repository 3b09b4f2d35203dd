"""Who gets what, before it leaves: the mail of an act, shown on a page from which the act is then taken."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from flask import current_app, render_template, request
from sqlalchemy.orm import sessionmaker

from vetting.extensions import db
from vetting.notifications.mail import Place
from vetting.rehearsal import Act, Letter, rehearse
from vetting.views.guard import actor
from vetting.workflows.engine import StepError

LOOK = "look"
"""The field that asks for the preview (``1``), or to go on writing (``edit``)."""
TO_THE_OFFICE = Letter("", "", "", "", office=True)
"""Stands for all mail that goes to somebody in the office."""
NOT_REPEATED = frozenset({LOOK, "csrf_token"})


def letters(act: Act) -> list[Letter]:
    """The mail that ``act`` would send now; raises what the act raises.

    The request's own transaction ends first, because the act takes the write lock. Rows already read are read again
    when they are next looked at; anything prepared but not committed is gone.
    """
    db.session.rollback()
    sessions = sessionmaker(db.engine, join_transaction_mode="create_savepoint")
    return rehearse(sessions, act, Place.of(current_app.config["SETTINGS"]), actor())


def letters_one_by_one(acts: Iterable[Act]) -> list[Letter]:
    """The mail of several acts that do not build on each other; those that cannot be taken are passed over.

    Each is rehearsed in a transaction of its own, so that others write in between.
    """
    found: list[Letter] = []
    for act in acts:
        with suppress(StepError):
            found += letters(act)
    return found


def wants_look() -> bool:
    """Whether the form was sent to see the mail first."""
    return request.form.get(LOOK) == "1"


def wants_edit() -> bool:
    """Whether the reader came back from the preview to go on writing."""
    return request.form.get(LOOK) == "edit"


def page_for_applicant(act: Act, *, title: str, caption: str, submit: str, back_href: str, **more: Any) -> str:
    """The preview for an applicant, who never learns whom in the office an act reaches, but that it does."""
    return page(letters(act), title=title, caption=caption, submit=submit, back_href=back_href, editable=False, **more)


def page(
    found: Iterable[Letter],
    *,
    title: str,
    submit: str,
    back_href: str,
    caption: str = "",
    consequences: Iterable[str] = (),
    said: str = "",
    editable: bool = True,
) -> str:
    """The preview: every mail in full, and one button that does what was looked at.

    ``said`` are words of the act that no mail carries. What was typed travels along in hidden fields, so the act is the
    one that was looked at.
    """
    to_all = list(found)
    shown = [letter for letter in to_all if not letter.office]
    if len(shown) < len(to_all):
        shown.append(TO_THE_OFFICE)
    return render_template(
        "previews/show.html",
        letters=shown,
        title=title,
        caption=caption,
        submit=submit,
        back_href=back_href,
        consequences=list(consequences),
        said=said,
        editable=editable,
        repeated=[(name, value) for name, value in request.form.items(multi=True) if name not in NOT_REPEATED],
    )
