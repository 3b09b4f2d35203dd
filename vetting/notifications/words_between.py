"""What mail says about people, sponsors, look-alikes and words given on an application."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.events import Event
from vetting.notifications.words import Side, Words
from vetting.text import N_

BETWEEN: Mapping[tuple[Event, Side], Words] = {
    (Event.OWNERSHIP_OFFERED, Side.PARTNER): Words(
        N_("%(by)s would like to hand %(organization)s over to you"),
        (
            N_("If you accept, you become the owner: you invite people, end roles and answer for what is sent."),
            N_("Nothing changes until you accept. %(by)s stays the owner until then."),
            N_("You can answer until %(until)s. After that the offer ends."),
        ),
        N_("Read it and answer"),
        "/apply/organizations/%(reference)s",
    ),
    (Event.OWNERSHIP_TAKEN, Side.PARTNER): Words(
        N_("%(to)s is now the owner of %(organization)s"),
        (N_("%(to)s accepted. You stay with the organization as an editor."),),
        N_("See your organization"),
        "/apply/organizations/%(reference)s",
    ),
    (Event.OWNERSHIP_DECLINED, Side.PARTNER): Words(
        N_("%(to)s did not take over %(organization)s"),
        (N_("Nothing has changed. You are still the owner."),),
        N_("See who has a role"),
        "/apply/organizations/%(reference)s",
    ),
    (Event.OWNERSHIP_EXPIRED, Side.PARTNER): Words(
        N_("%(to)s did not answer whether to take over %(organization)s"),
        (
            N_("The offer was open until %(until)s and has ended. Nothing has changed. You are still the owner."),
            N_("You can offer it again, to the same person or to somebody else."),
        ),
        N_("See who has a role"),
        "/apply/organizations/%(reference)s/people",
    ),
    (Event.SPONSORSHIP_ASKED, Side.PARTNER): Words(
        N_("Are you the fiscal sponsor of %(group)s?"),
        (
            N_("%(group)s named your organization as its fiscal sponsor: the one that holds its money."),
            N_("Please say whether that is so. Until you do, nothing about it is shown to the public."),
        ),
        N_("Confirm or decline"),
        "/apply/sponsors/%(number)s",
    ),
    (Event.SPONSORSHIP_CONFIRMED, Side.PARTNER): Words(
        N_("%(sponsor)s confirmed that it is your fiscal sponsor"),
        (N_("The directory shows it with %(group)s from now on."),),
        N_("See your organization"),
        "/apply/organizations/%(reference)s",
    ),
    (Event.SPONSORSHIP_DECLINED, Side.PARTNER): Words(
        N_("%(sponsor)s says that it is not your fiscal sponsor"),
        (N_("Please talk to them, or name another fiscal sponsor for %(group)s."),),
        N_("See your organization"),
        "/apply/organizations/%(reference)s",
    ),
    (Event.SPONSORSHIP_ENDED, Side.PARTNER): Words(
        N_("%(sponsor)s is no longer your fiscal sponsor"),
        (N_("Please name another fiscal sponsor for %(group)s, or write to us."),),
        N_("See your organization"),
        "/apply/organizations/%(reference)s",
    ),
    (Event.ORGANIZATIONS_MERGED, Side.PARTNER): Words(
        N_("Two records of %(organization)s are one now"),
        (
            N_("We had your organization twice. Everything is now in one place, with the reference %(reference)s."),
            N_("Nothing was lost: programs, documents, applications and agreements are all there. Old links still work."),
        ),
        N_("See your organization"),
        "/apply/organizations/%(reference)s",
    ),
    (Event.EMAIL_CHANGE_ASKED, Side.PARTNER): Words(
        N_("Your e-mail address here: please confirm"),
        (
            N_("Somebody who is signed in to your account asked to change its address from %(old)s to %(new)s."),
            N_("The change needs a yes from both addresses, until %(expires)s. This link is for %(here)s."),
            N_("If it was not you, do not confirm it, and change your password."),
        ),
        N_("Look at the change"),
        "/account/email/%(token)s",
    ),
    (Event.EMAIL_CHANGED, Side.PARTNER): Words(
        N_("Your address here is now another one"),
        (N_("Both addresses agreed. From now on you sign in with %(new)s, and our mail goes there."),),
        N_("See your account"),
        "/account/",
    ),
    (Event.SIGN_OFF_ASKED, Side.PARTNER): Words(
        N_("Please sign off: %(title)s"),
        (
            N_("“%(title)s” (%(reference)s) is ready to be sent. Your organization wants a senior person to read it first."),
            N_("What you sign off is exactly what can be sent. If it changes, you are asked again."),
        ),
        N_("Read it and sign off"),
        "/apply/%(reference)s/sign-off",
    ),
    (Event.SIGNED_OFF, Side.PARTNER): Words(
        N_("Signed off: %(title)s"),
        (N_("“%(title)s” (%(reference)s) is signed off and can be sent now."),),
        N_("Check and send"),
        "/apply/%(reference)s/check",
    ),
    (Event.ENTRY_TO_CONFIRM, Side.PARTNER): Words(
        N_("Please confirm what we entered for you"),
        (
            N_("We entered “%(title)s” (%(reference)s) for %(organization)s as you told us."),
            N_("Please read it and say whether it is right. It is sent only after that."),
        ),
        N_("Read and confirm"),
        "/apply/%(reference)s/confirm",
    ),
}  # fmt: skip
"""By event and side, like the words they stand beside."""
