"""What each event says to each side. Placeholders are filled when the mail is made."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from vetting.events import Event
from vetting.text import N_


class Side(enum.StrEnum):
    """From where the reader looks at the thing."""

    PARTNER = "partner"
    SCHOOL = "school"
    OFFICE = "office"


@dataclass(frozen=True)
class Words:
    """A mail: its subject, its paragraphs, and where its one link leads (a path with placeholders)."""

    subject: str
    paragraphs: tuple[str, ...]
    label: str
    path: str


STATUS = N_("%(status)s (%(reference)s)")
"""Subject and first line of mail about where a case stands are the fixed words of ``data/status.py``."""

NOT_BEFORE = N_("Services may not start until the agreement is in force.")
WHY_REMINDED = N_("You can choose which reminders you get, and how often: %(choose)s")

DAILY = Words(
    N_("Your daily mail: %(count)s things"),
    (N_("This came up since your last daily mail, what has a date first."), WHY_REMINDED),
    N_("See your organization"),
    "/apply",
)
DAILY_OF_ONE = Words(N_("Your daily mail: one thing"), DAILY.paragraphs, DAILY.label, DAILY.path)

MESSAGES: Mapping[tuple[Event, Side], Words] = {
    (Event.APPLICATION_RECEIVED, Side.PARTNER): Words(
        STATUS,
        (
            "%(status)s",
            N_("We received “%(title)s” on %(received)s. The reference is %(reference)s."),
            N_("We check that it is complete and write to you when we need something."),
        ),
        N_("See where it is"),
        "/apply/%(reference)s",
    ),
    (Event.APPLICATION_RECEIVED, Side.OFFICE): Words(
        N_("New: %(organization)s"),
        (N_("“%(title)s” came in with the reference %(reference)s."),),
        N_("Open the case"),
        "/desk/cases/%(reference)s",
    ),
    (Event.APPLICATION_WITHDRAWN, Side.OFFICE): Words(
        N_("Withdrawn: %(organization)s"),
        (N_("The applicant withdrew “%(title)s” (%(reference)s)."),),
        N_("Open the case"),
        "/desk/cases/%(reference)s",
    ),
    (Event.INFORMATION_REQUESTED, Side.PARTNER): Words(
        STATUS,
        (
            "%(status)s",
            N_("To go on with “%(title)s” we need: %(items)s."),
            N_("Only this is open for you to change. Everything else stays as you sent it."),
        ),
        N_("Answer now"),
        "/apply/%(reference)s",
    ),
    (Event.INFORMATION_REMINDED, Side.PARTNER): Words(
        N_("Reminder. %(status)s (%(reference)s)"),
        (
            "%(status)s",
            N_("To go on with “%(title)s” we still need: %(items)s."),
            N_("Only this is open for you to change. Everything else stays as you sent it."),
        ),
        N_("Answer now"),
        "/apply/%(reference)s",
    ),
    (Event.INFORMATION_EXTENDED, Side.PARTNER): Words(
        N_("You have more time: answer by %(due)s"),
        (
            N_("We gave you more time to answer “%(item)s” for “%(title)s”. It is now due %(due)s."),
            N_("The reason: %(reason)s"),
        ),
        N_("Answer now"),
        "/apply/%(reference)s",
    ),
    (Event.INFORMATION_TAKEN_BACK, Side.PARTNER): Words(
        N_("We no longer need something from you: %(reference)s"),
        (
            N_("You need not answer “%(item)s” for “%(title)s” any more."),
            N_("The reason: %(reason)s"),
        ),
        N_("See where it is"),
        "/apply/%(reference)s",
    ),
    (Event.EXTENSION_ASKED, Side.OFFICE): Words(
        N_("More time asked for: %(organization)s"),
        (
            N_("The applicant asks for more time for “%(title)s” (%(reference)s). It closes %(closes)s."),
            N_("They say: %(wish)s"),
        ),
        N_("Answer them"),
        "/desk/extensions/%(extension)s",
    ),
    (Event.EXTENSION_GIVEN, Side.PARTNER): Words(
        N_("You have more time: send it by %(ends)s"),
        (
            N_("You can send “%(title)s” (%(reference)s) until %(ends)s. Our clock counts."),
            N_("The reason: %(reason)s"),
        ),
        N_("Go on with your application"),
        "/apply/%(reference)s",
    ),
    (Event.EXTENSION_NOT_GIVEN, Side.PARTNER): Words(
        N_("We could not give more time: %(reference)s"),
        (
            N_("You asked for more time for “%(title)s”. We could not give it."),
            N_("The reason: %(reason)s"),
            N_("What you wrote stays yours. You can read it and keep a copy."),
        ),
        N_("See your application"),
        "/apply/%(reference)s",
    ),
    (Event.REQUEST_DUE, Side.PARTNER): Words(
        N_("A reminder: we need something from you by %(due)s"),
        (
            N_("To go on with “%(title)s” we still need: %(item)s."),
            N_("Only this is open for you to change. Everything else stays as you sent it."),
            WHY_REMINDED,
        ),
        N_("Answer now"),
        "/apply/%(reference)s",
    ),
    (Event.ROUND_CLOSING, Side.PARTNER): Words(
        N_("Not sent yet: “%(title)s” closes %(closes)s"),
        (
            N_("You began an application for “%(title)s” (%(reference)s). Send it by %(closes)s. Our clock counts."),
            WHY_REMINDED,
        ),
        N_("Go on with your application"),
        "/apply/%(reference)s",
    ),
    (Event.REGISTRATION_ENDING, Side.PARTNER): Words(
        N_("Your approval ends on %(ends)s"),
        (
            N_("%(organization)s is a School-Community Partner until %(ends)s. Renew before that day to stay one."),
            WHY_REMINDED,
        ),
        N_("See your organization"),
        "/apply",
    ),
    (Event.LISTING_ENDING, Side.PARTNER): Words(
        N_("A listing ends on %(ends)s: %(program)s"),
        (
            N_("“%(program)s” is in the Opportunity Portfolio until %(ends)s. Apply in the next round to stay in it."),
            WHY_REMINDED,
        ),
        N_("See your organization"),
        "/apply",
    ),
    (Event.DOCUMENT_ENDING, Side.PARTNER): Words(
        N_("A document runs out on %(ends)s: %(document)s"),
        (
            N_("We keep “%(document)s” from %(organization)s. It is good until %(ends)s."),
            N_("Have a new one ready, so that nothing stops when it runs out."),
            WHY_REMINDED,
        ),
        N_("See your organization"),
        "/apply",
    ),
    (Event.AGREEMENT_ENDING, Side.PARTNER): Words(
        N_("An agreement ends on %(ends)s: %(title)s"),
        (
            N_("The agreement %(reference)s runs until %(ends)s. Services after that day need a new one."),
            WHY_REMINDED,
        ),
        N_("See the agreement"),
        "/agreements/%(reference)s",
    ),
    (Event.SIGNATURE_WAITING, Side.PARTNER): Words(
        N_("A reminder: please sign by %(until)s: %(title)s"),
        (N_("The agreement %(reference)s waits for your signature until %(until)s."), NOT_BEFORE, WHY_REMINDED),
        N_("Read and sign"),
        "/agreements/%(reference)s/sign",
    ),
    (Event.INVITATION_WAITING, Side.PARTNER): Words(
        N_("A reminder: your invitation to %(district)s partner vetting"),
        (N_("You are invited as: %(role)s%(place)s."), N_("The link works once, until %(expires)s, for this address only.")),
        N_("Accept the invitation"),
        "/account/invitation/%(token)s",
    ),
    (Event.INFORMATION_ANSWERED, Side.OFFICE): Words(
        N_("Reply received: %(organization)s"),
        (N_("The applicant answered everything we asked for in “%(title)s” (%(reference)s)."),),
        N_("Open the case"),
        "/desk/cases/%(reference)s",
    ),
    (Event.REVIEW_ASSIGNED, Side.OFFICE): Words(
        N_("You are asked to review %(reference)s"),
        (
            N_("Please review “%(title)s”. Before you see it, you say whether you have a conflict of interest."),
            N_("It is due %(due)s."),
        ),
        N_("Open your reviews"),
        "/desk/reviews",
    ),
    (Event.REVIEWS_ASSIGNED, Side.OFFICE): Words(
        N_("Cases for you to review: %(count)s"),
        (
            N_("Please review these cases. Before you see one, you say whether you have a conflict of interest."),
            "%(lines)s",
        ),
        N_("Open your reviews"),
        "/desk/reviews",
    ),
    (Event.REVIEW_REMINDED, Side.OFFICE): Words(
        N_("A reminder: your review of %(reference)s"),
        (N_("We still wait for your review of “%(title)s”. It is due %(due)s."),),
        N_("Open your reviews"),
        "/desk/reviews",
    ),
    (Event.REVIEWS_REMINDED, Side.OFFICE): Words(
        N_("A reminder: reviews we wait for: %(count)s"),
        (N_("We still wait for your reviews of these cases. The date is when each is due."), "%(lines)s"),
        N_("Open your reviews"),
        "/desk/reviews",
    ),
    (Event.REVIEWER_STEPPED_ASIDE, Side.OFFICE): Words(
        N_("A reviewer stepped aside: %(reference)s"),
        (N_("“%(title)s” needs another reviewer."),),
        N_("Open the case"),
        "/desk/cases/%(reference)s",
    ),
    (Event.REVIEWS_COMPLETED, Side.OFFICE): Words(
        N_("Ready to decide: %(organization)s"),
        (N_("All reviews of “%(title)s” (%(reference)s) are in."),),
        N_("Open the case"),
        "/desk/cases/%(reference)s",
    ),
    (Event.CASE_HANDED_OVER, Side.OFFICE): Words(
        N_("Now with you: %(organization)s"),
        (N_("“%(title)s” (%(reference)s) was given to you. It is due %(due)s."),),
        N_("Open the case"),
        "/desk/cases/%(reference)s",
    ),
    (Event.CASE_WOKEN, Side.OFFICE): Words(
        N_("Back from hold: %(organization)s"),
        (N_("“%(title)s” (%(reference)s) is no longer on hold. It is due %(due)s."),),
        N_("Open the case"),
        "/desk/cases/%(reference)s",
    ),
    (Event.CASE_ESCALATED, Side.OFFICE): Words(
        N_("Late: %(organization)s"),
        (N_("“%(title)s” (%(reference)s) was due %(due)s and is still open."),),
        N_("Open the case"),
        "/desk/cases/%(reference)s",
    ),
    (Event.MESSAGE_SENT, Side.PARTNER): Words(
        N_("A message about %(reference)s"),
        (N_("The partnerships office wrote to you about “%(title)s”."), N_("Read it, and answer, on the page of your application.")),
        N_("Read the message"),
        "/apply/%(reference)s",
    ),
    (Event.MESSAGE_RECEIVED, Side.OFFICE): Words(
        N_("Message from %(organization)s"),
        (N_("The applicant wrote to us about “%(title)s” (%(reference)s)."),),
        N_("Open the case"),
        "/desk/cases/%(reference)s",
    ),
    (Event.FLAG_RAISED, Side.OFFICE): Words(
        N_("Flag for you: %(reference)s"),
        (N_("Something about “%(title)s” waits for you to settle it."),),
        N_("Open the case"),
        "/desk/cases/%(reference)s",
    ),
    (Event.COVER_AGREED, Side.OFFICE): Words(
        N_("You stand in for %(absent)s"),
        (N_("From %(starts)s to %(ends)s you look after the cases of %(absent)s. Both days count."),),
        N_("Open the queue"),
        "/desk/queue",
    ),
    (Event.DECISION_DRAFTED, Side.OFFICE): Words(
        N_("A decision waits for release: %(reference)s"),
        (N_("A decision on “%(title)s” is drafted. A different person releases it."),),
        N_("Open the case"),
        "/desk/cases/%(reference)s",
    ),
    (Event.DECISION_RELEASED, Side.PARTNER): Words(
        STATUS,
        ("%(status)s", N_("We decided about “%(title)s”. The letter says how each standard was met.")),
        N_("Read the decision"),
        "/apply/%(reference)s",
    ),
    (Event.PARTNERSHIP_PROPOSED, Side.PARTNER): Words(
        N_("%(school)s would like to work with you"),
        (N_("%(school)s chose “%(program)s” for %(year)s."), NOT_BEFORE),
        N_("See your organization"),
        "/apply",
    ),
    (Event.SIGNATURE_INVITED, Side.PARTNER): Words(
        N_("Please sign: %(title)s"),
        (N_("The agreement %(reference)s is ready for your signature."), NOT_BEFORE),
        N_("Read and sign"),
        "/agreements/%(reference)s/sign",
    ),
    (Event.SIGNATURE_DECLINED, Side.PARTNER): Words(
        N_("Declined: %(title)s"),
        (N_("A signer declined the agreement %(reference)s. Signatures given so far are void."), NOT_BEFORE),
        N_("See the agreement"),
        "/agreements/%(reference)s",
    ),
    (Event.AGREEMENT_VOIDED, Side.PARTNER): Words(
        N_("No longer out for signature: %(title)s"),
        (N_("The text of the agreement %(reference)s is no longer out for signature. Signatures given so far are void."),
         NOT_BEFORE),
        N_("See the agreement"),
        "/agreements/%(reference)s",
    ),
    (Event.AGREEMENT_EXECUTED, Side.PARTNER): Words(
        N_("In force: %(title)s"),
        (N_("Everyone signed the agreement %(reference)s. The sealed document is ready to download."),
         N_("The first day of service is %(starts)s.")),
        N_("Download the agreement"),
        "/agreements/%(reference)s",
    ),
    (Event.ORGANIZATION_SUSPENDED, Side.PARTNER): Words(
        N_("%(organization)s is suspended"),
        (N_("Services stop now. The reason: %(reason)s"), N_("A second person looks at this within two business days.")),
        N_("See your organization"),
        "/apply",
    ),
    (Event.ORGANIZATION_SUSPENDED, Side.OFFICE): Words(
        N_("Suspension to review: %(organization)s"),
        (N_("%(organization)s was suspended. The reason: %(reason)s"), N_("A second person reviews it by %(due)s.")),
        N_("Open the organization"),
        "/desk/organizations/%(reference)s",
    ),
    (Event.SUSPENSION_LIFTED, Side.PARTNER): Words(
        N_("The suspension of %(organization)s is lifted"),
        (N_("Services may go on under agreements that are in force."),),
        N_("See your organization"),
        "/apply",
    ),
    (Event.PARTNER_INVITED, Side.PARTNER): Words(
        N_("Your organization in the district's new partner system"),
        (
            N_("%(district)s keeps its partners in a new system. What we had on file about %(organization)s is there already."),
            N_("Please accept this invitation, look at what we have, and complete what is missing."),
            N_("The link works once, until %(expires)s, for this address only."),
        ),
        N_("Accept the invitation"),
        "/account/invitation/%(token)s",
    ),
    (Event.ROLE_GIVEN, Side.PARTNER): Words(
        N_("You can now act for %(organization)s"),
        (
            N_("%(district)s brought %(organization)s along from its records, and you are named there as its contact."),
            N_("Sign in as you always do. Look at what we have, and complete what is missing."),
            N_("If this is a mistake, give the role back on the page of your organization's people."),
        ),
        N_("See your organization"),
        "/apply",
    ),
    (Event.INVITATION_SENT, Side.PARTNER): Words(
        N_("You are invited to %(district)s partner vetting"),
        (N_("You are invited as: %(role)s%(place)s."), N_("The link works once, until %(expires)s, for this address only.")),
        N_("Accept the invitation"),
        "/account/invitation/%(token)s",
    ),
}  # fmt: skip
