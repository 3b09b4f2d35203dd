"""Whose word a draft has and whose it still needs, for the pages that lead to sending it."""

from __future__ import annotations

from typing import Any

from vetting.models import Application
from vetting.policy import Permission
from vetting.views.guard import may


def standing_words(application: Application) -> dict[str, Any]:
    """What pages of a draft say about sign-off and confirmation, and who acts next."""
    organization = application.organization
    signed = application.signed_off_by
    return {
        "assisted": application.assisted_by_id is not None,
        "assisted_by": application.assisted_by.name if application.assisted_by else "",
        "caller": str(application.assisted_facts.get("caller", "")),
        "confirmed_at": application.confirmed_at,
        "confirmed_name": _who_confirmed(application),
        "confirmation_ended": application.confirmed_at is None and bool(application.confirmed_how),
        "may_confirm": may(Permission.APPLICATION_CONFIRM, application),
        "wanted": organization.sign_off_required,
        "asked_at": application.sign_off_asked_at,
        "signed_at": application.signed_off_at,
        "signed_by": (signed.name or signed.email) if signed else "",
        "sign_off_ended": application.signed_off_at is None and bool(application.signed_off_sha256),
        "may_sign": may(Permission.APPLICATION_SIGN_OFF, application),
        "may_edit": may(Permission.APPLICATION_EDIT, application),
    }


def _who_confirmed(application: Application) -> str:
    named = str(application.assisted_facts.get("confirmed_name", ""))
    person = application.confirmed_by
    return named or ((person.name or person.email) if person is not None else "")
