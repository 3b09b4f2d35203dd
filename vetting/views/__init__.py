"""One module for each place a person goes."""

from __future__ import annotations

from flask import Blueprint

from vetting.views import admin, development, evidence, health, public, steps
from vetting.views.account.pages import BLUEPRINTS as ACCOUNT
from vetting.views.applicant import pages as applicant

BLUEPRINTS: list[Blueprint] = [
    *ACCOUNT,
    admin.bp,
    applicant.bp,
    development.bp,
    evidence.bp,
    health.bp,
    public.bp,
    steps.bp,
]
