"""One module for each place a person goes."""

from __future__ import annotations

from flask import Blueprint

from vetting.views import (
    admin,
    agreements,
    assessments,
    cases,
    decisions,
    development,
    directory,
    evidence,
    fund,
    health,
    organizations,
    pages,
    partnerships,
    public,
    queue,
    requests,
    reviews,
    rounds,
    schools,
    signing,
    steps,
    verify,
)
from vetting.views.account.pages import BLUEPRINTS as ACCOUNT
from vetting.views.applicant import pages as applicant

BLUEPRINTS: list[Blueprint] = [
    *ACCOUNT,
    admin.bp,
    agreements.bp,
    applicant.bp,
    assessments.bp,
    cases.bp,
    decisions.bp,
    development.bp,
    directory.bp,
    evidence.bp,
    fund.bp,
    health.bp,
    organizations.bp,
    pages.bp,
    partnerships.bp,
    public.bp,
    queue.bp,
    requests.bp,
    reviews.bp,
    rounds.bp,
    schools.bp,
    signing.bp,
    steps.bp,
    verify.bp,
]
