"""What the settings of a case say, and other small questions about one case that several parts ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from vetting.calendar_days import add_business_days
from vetting.data.calendar import district_closures
from vetting.data.process_settings import ESCALATE_AFTER, OFFER_DAYS
from vetting.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    Organization,
    PartnerState,
    ProgramState,
    ReferenceKind,
    ReferenceVersion,
    Suspension,
    SuspensionState,
)
from vetting.queries.references import current

REVIEWABLE = frozenset({ApplicationState.IN_REVIEW})


def process_settings(session: Session) -> ReferenceVersion:
    """The settings new cases start under."""
    return current(session, ReferenceKind.SETTINGS, "process-settings")


def district_name(session: Session) -> str:
    """The district's name as it stands in agreements and letters."""
    return str(process_settings(session).content["district_name"])


def delegates_sign(session: Session) -> bool:
    """Whether a school leader may leave signing to the person who acts for them; not before somebody says so."""
    return bool(process_settings(session).content["agreement"].get("delegates_sign", False))


def process_of(application: Application) -> dict[str, Any]:
    """The section of the case's own settings that fits its kind (registration or portfolio)."""
    kind = "portfolio" if application.kind is ApplicationKind.PORTFOLIO else "registration"
    section: dict[str, Any] = application.settings_version.content[kind]
    return section


def reviewers_needed(application: Application) -> int:
    """How many independent reviews the case needs."""
    return int(process_of(application)["reviewers"])


def business_days(application: Application, stage: str) -> int:
    """How many business days ``stage`` should take under the settings of the case."""
    return int(application.settings_version.content["due_business_days"][stage])


def due_on(application: Application, stage: str, start: date) -> date:
    """The local day by which ``stage`` is due when it begins on ``start``."""
    days = business_days(application, stage)
    return add_business_days(start, days, closures_from(start.year))


def offer_until(session: Session, today: date) -> date:
    """The last local day to accept an organization that is handed to somebody today."""
    content = process_settings(session).content
    return today + timedelta(days=int(content.get("ownership_offer_days", OFFER_DAYS)))


def escalate_after(content: Mapping[str, Any]) -> int:
    """How many business days past its due date a case is reported as late, under one version of the settings."""
    return int(content.get("escalate_after_business_days", ESCALATE_AFTER))


@cache
def closures_from(year: int) -> frozenset[date]:
    """Days on which the district is closed in a year and the one after it."""
    return district_closures((year, year + 1))


def is_suspended(organization: Organization) -> bool:
    """Whether an emergency suspension is in force."""
    return any_in_force(organization.suspensions)


def any_in_force(suspensions: Iterable[Suspension]) -> bool:
    """Whether one of these suspensions has not been lifted."""
    return any(suspension.state is not SuspensionState.LIFTED for suspension in suspensions)


def second_person_publishes(session: Session, form: str) -> bool:
    """Whether a form is published by somebody else than who wrote it: as decisions on its applications are released."""
    content = process_settings(session).content
    section: Mapping[str, Any] = content.get(form) or content["registration"]
    return bool(section.get("separate_releaser", content["registration"]["separate_releaser"]))


def may_apply_for_portfolio(application: Application) -> bool:
    """The organization is a partner in good standing and the program is approved."""
    standing = application.organization.state in {PartnerState.PARTNER, PartnerState.PORTFOLIO, PartnerState.FUNDED}
    return standing and application.program is not None and application.program.state is ProgramState.APPROVED
