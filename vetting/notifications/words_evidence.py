"""What mail says about documents: what the office returned, and what nobody can open."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.events import Event
from vetting.notifications.words import WHY_REMINDED, Side, Words
from vetting.text import N_

EVIDENCE: Mapping[tuple[Event, Side], Words] = {
    (Event.EVIDENCE_RETURNED, Side.PARTNER): Words(
        N_("We need another version of a document"),
        (N_("The office looked at “%(document)s” and says: %(reason)s"), N_("A good one: %(good)s")),
        N_("Send a new version"),
        "/apply/organizations/%(organization_reference)s/documents/%(document_reference)s",
    ),
    (Event.CHECKS_DUE, Side.PARTNER): Words(
        N_("Background checks are due from %(due)s on: %(organization)s"),
        (
            N_("The next check is due for these people on your list of cleared people: %(people)s."),
            N_("Record the new check of each person on the list, or take off the list who no longer works for you."),
            N_("Never send us what a check found."),
            WHY_REMINDED,
        ),
        N_("See the list of cleared people"),
        "/apply/organizations/%(reference)s/cleared-people",
    ),
    (Event.EVIDENCE_SET_ASIDE, Side.PARTNER): Words(
        N_("We cannot open a file you sent: %(document)s"),
        ("%(reason)s",),
        N_("See your application"),
        "/apply",
    ),
    (Event.EVIDENCE_SET_ASIDE, Side.OFFICE): Words(
        N_("A file was set aside by the virus check: %(organization)s"),
        (
            N_("This is about “%(document)s” from %(organization)s. Nobody can open that file."),
            N_("We told the organization and asked for another version. There is nothing you need to do."),
        ),
        N_("Open the queue"),
        "/desk/queue",
    ),
}
