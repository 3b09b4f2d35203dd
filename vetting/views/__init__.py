"""One module for each place a person goes."""

from __future__ import annotations

from flask import Blueprint

from vetting.views import steps

BLUEPRINTS: list[Blueprint] = [
    steps.bp,
]
