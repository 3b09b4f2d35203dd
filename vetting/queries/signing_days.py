"""Until when a version can be signed: so many days after it was fixed, or the later day that somebody gave."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from vetting.clock import local_date
from vetting.models import AgreementVersion
from vetting.queries import settings


def days_to_sign(session: Session) -> int:
    """How many days people have to sign, by the district's settings."""
    return int(settings.process_settings(session).content["agreement"]["signature_days"])


def last_day(version: AgreementVersion, days: int) -> date:
    """The last local day on which the newest version of an agreement can be signed."""
    given = version.agreement.sign_until
    usual = local_date(version.frozen_at + timedelta(days=days))
    return max(usual, given) if given is not None else usual
