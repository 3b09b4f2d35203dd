"""One module for each place a person goes."""

from __future__ import annotations

from flask import Blueprint

from vetting.views import public, steps

BLUEPRINTS: list[Blueprint] = [
    public.bp,
    steps.bp,
]
