"""One module for each place a person goes."""

from __future__ import annotations

from flask import Blueprint

from vetting.views import (
    admin,
    cases,
    decisions,
    development,
    evidence,
    health,
    organizations,
    public,
    queue,
    requests,
    reviews,
    rounds,
    steps,
)
from vetting.views.account.pages import BLUEPRINTS as ACCOUNT
from vetting.views.applicant import pages as applicant

BLUEPRINTS: list[Blueprint] = [
    *ACCOUNT,
    admin.bp,
    applicant.bp,
    cases.bp,
    decisions.bp,
    development.bp,
    evidence.bp,
    health.bp,
    organizations.bp,
    public.bp,
    queue.bp,
    requests.bp,
    reviews.bp,
    rounds.bp,
    steps.bp,
]
