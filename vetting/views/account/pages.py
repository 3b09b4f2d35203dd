"""The blueprints of accounts, with every module that adds routes to them."""

from __future__ import annotations

from vetting.views.account import (
    address,
    invitations,
    notifications,
    organization_people,
    own,
    proof,
    safety,
    second_factor,
    setup_link,
    shortcuts,
)

MODULES = (own, address, notifications, proof, safety, second_factor, shortcuts)
"""They share the blueprint ``account``; its routes are there once they are imported."""

BLUEPRINTS = [own.bp, invitations.bp, organization_people.bp, setup_link.bp]
