"""What mail says when a document runs out, what follows from it, and about waivers."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.events import Event
from vetting.notifications.words import Side, Words
from vetting.text import N_

RENEW = N_("Add the new document")
DOCUMENTS = "/apply/organizations/%(organization_reference)s/documents"
AT_DESK = "/desk/lapses/%(lapse)s"

LAPSES: Mapping[tuple[Event, Side], Words] = {
    (Event.LAPSE_BEGAN, Side.PARTNER): Words(
        N_("Out of date since %(out_from)s: %(document)s"),
        (
            N_("The last good day of “%(document)s” of %(organization)s was %(last)s."),
            "%(what_follows)s",
            N_("Add the new document and nothing more is needed. If it is already here, we will look at it soon."),
        ),
        RENEW,
        DOCUMENTS,
    ),
    (Event.LAPSE_BITES, Side.PARTNER): Words(
        N_("There are limits now: %(document)s is missing"),
        (
            N_("“%(document)s” of %(organization)s has been out of date since %(out_from)s."),
            "%(what_holds)s",
            N_("This ends as soon as a good document is here."),
        ),
        RENEW,
        DOCUMENTS,
    ),
    (Event.LAPSE_BITES, Side.OFFICE): Words(
        N_("Out of date: %(document)s of %(organization)s"),
        (N_("It has been out of date since %(out_from)s."), "%(what_holds)s"),
        N_("See what can be done"),
        AT_DESK,
    ),
    (Event.LAPSE_AT_SCHOOL, Side.PARTNER): Words(
        N_("About a partner at your school: %(organization)s"),
        (
            N_("The district is waiting for a document of %(organization)s: “%(document)s”. It has been out of date since "
               "%(out_from)s."),
            "%(what_holds)s",
            N_("Talk to the partnerships office before you change anything for your students."),
        ),
        N_("See the partners at your school"),
        "/schools",
    ),
    (Event.LAPSE_MENDED, Side.PARTNER): Words(
        N_("Good again: %(document)s of %(organization)s"),
        (N_("A good document is here. Every limit that came from it has ended."),),
        N_("See it"),
        "/",
    ),
    (Event.LAPSE_REMINDED, Side.PARTNER): Words(
        N_("Please renew: %(document)s"),
        (
            N_("“%(document)s” of %(organization)s is good through %(last)s. We need the next one."),
            "%(what_follows)s",
        ),
        RENEW,
        DOCUMENTS,
    ),
    (Event.WAIVER_ASKED, Side.OFFICE): Words(
        N_("Waiver asked for: %(organization)s"),
        (
            N_("It is about “%(document)s”, from %(starts)s to %(ends)s."),
            N_("The reason: %(reason)s"),
        ),
        N_("Look at it"),
        "/desk/waivers/%(waiver)s",
    ),
    (Event.WAIVER_GIVEN, Side.PARTNER): Words(
        N_("Waiver given: %(document)s"),
        (
            N_("%(organization)s does not need “%(document)s” from %(starts)s through %(ends)s."),
            N_("The conditions: %(conditions)s"),
            N_("A waiver is not insurance. It ends by itself, and you can ask for the next one before."),
        ),
        N_("See the waiver"),
        "/apply/waivers/%(waiver)s",
    ),
    (Event.WAIVER_DECLINED, Side.PARTNER): Words(
        N_("Waiver not given: %(document)s"),
        (
            N_("%(organization)s still needs “%(document)s”."),
            N_("The reason: %(answer)s"),
        ),
        N_("See the answer"),
        "/apply/waivers/%(waiver)s",
    ),
    (Event.WAIVER_TAKEN_BACK, Side.PARTNER): Words(
        N_("Waiver ended early: %(document)s"),
        (
            N_("From today, %(organization)s needs “%(document)s” again."),
            N_("The reason: %(reason_back)s"),
        ),
        N_("See the waiver"),
        "/apply/waivers/%(waiver)s",
    ),
}  # fmt: skip
