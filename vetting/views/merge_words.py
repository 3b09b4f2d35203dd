"""What moves in a merge, by the table it is kept in, in the words of the office."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.text import N_

KINDS: Mapping[str, str] = {
    "program": N_("Programs"),
    "application": N_("Applications"),
    "document": N_("Documents"),
    "clearance": N_("People who were checked"),
    "upload": N_("Files on their way"),
    "requirement": N_("Documents that approvals rest on"),
    "lapse": N_("Documents that ran out"),
    "waiver": N_("Waivers"),
    "legal_hold": N_("Legal holds"),
    "designation": N_("Designations"),
    "agreement": N_("Agreements"),
    "role_grant": N_("Roles of people"),
    "invitation": N_("Invitations"),
    "suspension": N_("Suspensions of the past"),
    "conflict": N_("Words on interests"),
    "sponsorship": N_("Fiscal sponsors"),
    "ownership_offer": N_("Offers to hand over"),
    "own_copy": N_("Copies they asked for"),
    "brought_along": N_("Facts from the office's list"),
    "partner_import_item": N_("Lines of the office's list"),
    "partner_import_pair": N_("Look-alikes in the office's list"),
    "invitation_batch_item": N_("Places in batches of invitations"),
}
"""Every table whose rows belong to an organization."""
