"""What mail says about agreements before they are signed and after they are in force."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.events import Event
from vetting.notifications.words import NOT_BEFORE, Side, Words
from vetting.text import N_

SEE = N_("See the agreement")
PAGE = "/agreements/%(reference)s"
TALK = "/agreements/%(reference)s/talk"

AGREEMENTS: Mapping[tuple[Event, Side], Words] = {
    (Event.AGREEMENT_SHARED, Side.PARTNER): Words(
        N_("Please read the text: %(title)s"),
        (
            N_("The text of the agreement %(reference)s is there for both sides to read. It is not signed yet."),
            N_("You can comment on each part, and propose other words."),
            NOT_BEFORE,
        ),
        N_("Read the text"),
        TALK,
    ),
    (Event.REMARK_MADE, Side.PARTNER): Words(
        N_("A comment on the text: %(title)s"),
        (N_("Somebody commented on the agreement %(reference)s, or proposed other words for a part of it."),),
        N_("Read it and answer"),
        TALK,
    ),
    (Event.REMARK_ANSWERED, Side.PARTNER): Words(
        N_("Your proposal was answered: %(title)s"),
        (N_("The words that you proposed for the agreement %(reference)s were accepted or declined."),),
        N_("See the answer"),
        TALK,
    ),
    (Event.APPROVAL_ASKED, Side.PARTNER): Words(
        N_("Please approve or return: %(title)s"),
        (
            N_(
                "The agreement %(reference)s needs your yes before it is sent for signature. You can return it with a reason."
            ),
        ),
        N_("Read and decide"),
        PAGE,
    ),
    (Event.PAPER_CONFIRMED, Side.PARTNER): Words(
        N_("Signed on paper: %(title)s"),
        (
            N_(
                "Two people of the partnerships office compared the signed paper of the agreement %(reference)s, word for word."
            ),
            N_("The signatures on it count. A scan is kept with the agreement."),
            NOT_BEFORE,
        ),
        SEE,
        PAGE,
    ),
    (Event.PAPER_SENT_BACK, Side.PARTNER): Words(
        N_("Signed paper sent back: %(title)s"),
        (N_("The scan that was recorded for the agreement %(reference)s does not count. The page says why."),),
        N_("Read why and record it anew"),
        "/agreements/papers/%(paper)s",
    ),
    (Event.AGREEMENT_RETURNED, Side.PARTNER): Words(
        N_("Returned: %(title)s"),
        (N_("The draft of the agreement %(reference)s came back with a reason. You can change it and ask again."),),
        SEE,
        PAGE,
    ),
    (Event.AGREEMENT_END_PLANNED, Side.PARTNER): Words(
        N_("Ends early, on %(last)s: %(title)s"),
        (N_("The agreement %(reference)s ends early. The last day of service is %(last)s. The page says why."),),
        SEE,
        PAGE,
    ),
    (Event.AGREEMENT_GOES_ON, Side.PARTNER): Words(
        N_("Does not end early: %(title)s"),
        (N_("The agreement %(reference)s goes on. The last day of service is %(last)s."),),
        SEE,
        PAGE,
    ),
    (Event.AGREEMENT_ENDED, Side.PARTNER): Words(
        N_("Ended: %(title)s"),
        (N_("The agreement %(reference)s has ended. Services stop."),),
        SEE,
        PAGE,
    ),
    (Event.AGREEMENT_RENEWING, Side.PARTNER): Words(
        N_("Renews after %(ends)s: %(title)s"),
        (
            N_("The agreement %(reference)s goes on for one more year after %(ends)s, under the same words."),
            N_("If you do not want that, say so on its page by %(ends)s. Then it ends on that day."),
        ),
        SEE,
        PAGE,
    ),
    (Event.AGREEMENT_NOT_RENEWED, Side.PARTNER): Words(
        N_("Will not be renewed: %(title)s"),
        (N_("The agreement %(reference)s ends on %(ends)s. Services after that day need a new one."),),
        SEE,
        PAGE,
    ),
    (Event.AGREEMENT_RENEWED, Side.PARTNER): Words(
        N_("Renewed until %(ends)s: %(title)s"),
        (N_("The agreement %(reference)s goes on for one more year, until %(ends)s."),),
        SEE,
        PAGE,
    ),
    (Event.RENEWAL_DRAFTED, Side.PARTNER): Words(
        N_("Please read the draft for the next year: %(title)s"),
        (
            N_(
                "The partnerships office began a draft that would follow what you have now. It is agreement %(reference)s."
            ),
            N_(
                "Read each part, change what is different next year, and send it for signature. If you do not want it, void it."
            ),
            NOT_BEFORE,
        ),
        N_("Read the draft"),
        PAGE,
    ),
    (Event.SIGNATURE_HELD, Side.PARTNER): Words(
        N_("On hold until %(wakes)s: %(title)s"),
        (
            N_(
                "%(signer)s put the signature of agreement %(reference)s on hold. It comes back by itself on %(wakes)s."
            ),
            N_("The reason: %(reason)s"),
            NOT_BEFORE,
        ),
        SEE,
        PAGE,
    ),
    (Event.SIGNATURE_WOKEN, Side.PARTNER): Words(
        N_("No longer on hold: %(title)s"),
        (N_("The agreement %(reference)s waits for the signature of %(signer)s again."), NOT_BEFORE),
        SEE,
        PAGE,
    ),
}
