"""In which language an applicant reads the form: one that its version carries, with English for what it lacks."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.models import Application
from vetting.policy import Permission
from vetting.queries import form_versions
from vetting.questionnaires.texts import ENGLISH, LANGUAGES, direction, languages_of, reading
from vetting.unit_of_work import unit_of_work
from vetting.views.applicant.blueprint import bp
from vetting.views.guard import guarded
from vetting.views.steps import back_to


@bp.before_request
def read_in_own_language() -> None:
    """Forms are read in the language of the account for the length of the request."""
    language = current_user.language if current_user.is_authenticated else ENGLISH
    reading.set(language if language in LANGUAGES else ENGLISH)


@bp.teardown_request
def read_in_english_again(error: BaseException | None) -> None:
    """The next request of this thread may be somebody else's."""
    reading.set(ENGLISH)


@bp.context_processor
def languages() -> dict[str, Any]:
    """What pages of a case need to say and offer languages."""
    return {"form_languages": _offered, "form_spoken": _spoken}


def _offered(application: Application) -> list[dict[str, Any]]:
    """The languages of the case's form, English first; none when there is only English."""
    others = languages_of(form_versions.form(application.form_version))
    if not others:
        return []
    now = _spoken(application)["language"]
    names = {ENGLISH: str(_("English")), **{key: LANGUAGES[key] for key in others}}
    return [{"key": key, "name": name, "current": key == now} for key, name in names.items()]


def _spoken(application: Application) -> dict[str, str]:
    """The language and direction that the form of a case is shown in."""
    language = reading.get()
    if language not in languages_of(form_versions.form(application.form_version)):
        language = ENGLISH
    return {"language": language, "direction": direction(language)}


@bp.post("/apply/language")
@guarded(Permission.ACCOUNT_OWN)
def choose_language() -> Response:
    """Read forms in another language from now on."""
    wanted = request.form.get("language", "")
    if wanted not in {ENGLISH, *LANGUAGES}:
        abort(400)
    with unit_of_work(db.session):
        current_user.language = wanted
    return redirect(back_to(url_for("applicant.home")), code=303)
