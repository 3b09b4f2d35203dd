"""What an organization changes about itself without a new review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vetting.data.evidence_types import Instead
from vetting.models import Organization
from vetting.workflows.commands import OwnSettings, SaveContact
from vetting.workflows.definition import Context
from vetting.workflows.effects import lapses, preflight
from vetting.workflows.vault_commands import VendorNumber


def save_contact(organization: Organization, context: Context) -> Mapping[str, Any]:
    """How it is reached; the history names what changed, and holds the words of before."""
    command: SaveContact = context.data
    before: dict[str, str] = {}
    for name in ("phone", "email", "website", "address"):
        if getattr(organization, name) != getattr(command, name):
            before[name] = getattr(organization, name)
            setattr(organization, name, getattr(command, name))
    return {"before": before}


def save_settings(organization: Organization, context: Context) -> Mapping[str, Any]:
    command: OwnSettings = context.data
    organization.sign_off_required = command.sign_off_required
    return {"sign_off_required": command.sign_off_required}


def save_vendor_number(organization: Organization, context: Context) -> Mapping[str, Any]:
    """The city's own number for it. It answers for the tax form, so no open draft misses that any more."""
    command: VendorNumber = context.data
    before, organization.vendor_number = organization.vendor_number, command.number
    if before and not command.number:
        organization.vendor_number_gone_on = context.today
    elif command.number:
        organization.vendor_number_gone_on = None
    lapses.look_again_at(organization.id, Instead.VENDOR_NUMBER, context)
    preflight.vendor_number_changed(organization, context)
    return {"before": before}
