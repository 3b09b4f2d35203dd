"""What mail says while an agreement is out for signature, besides the invitation itself."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.events import Event
from vetting.notifications.words import NOT_BEFORE, Side, Words
from vetting.text import N_

SEE = N_("See the agreement")
PAGE = "/agreements/%(reference)s"

SIGNING: Mapping[tuple[Event, Side], Words] = {
    (Event.SIGNATURE_REMINDED, Side.PARTNER): Words(
        N_("A reminder: please sign by %(until)s: %(title)s"),
        (N_("The agreement %(reference)s waits for your signature until %(until)s."), NOT_BEFORE),
        N_("Read and sign"),
        "/agreements/%(reference)s/sign",
    ),
    (Event.SIGNATURE_DELEGATED, Side.PARTNER): Words(
        N_("%(to)s signs in the place of %(from)s: %(title)s"),
        (
            N_("%(from)s asked %(to)s to sign the agreement %(reference)s in their place, until %(handed_until)s."),
            N_("The agreement's page says why, and who signs next."),
            NOT_BEFORE,
        ),
        SEE,
        PAGE,
    ),
    (Event.SIGNATURE_HANDED_BACK, Side.PARTNER): Words(
        N_("%(from)s signs again: %(title)s"),
        (
            N_("%(to)s did not sign the agreement %(reference)s. The place is with %(from)s again."),
            N_("It can be signed until %(until)s."),
            NOT_BEFORE,
        ),
        SEE,
        PAGE,
    ),
    (Event.SIGNER_LEFT, Side.PARTNER): Words(
        N_("A signer left: %(title)s"),
        (
            N_("%(signer)s no longer holds the role that signs the agreement %(reference)s."),
            N_("Its page says what to do: name another signer, and everybody signs the new version."),
        ),
        N_("Name another signer"),
        PAGE,
    ),
    (Event.SIGNER_REPLACED, Side.PARTNER): Words(
        N_("Another signer: %(title)s"),
        (
            N_("The agreement %(reference)s has a new version, because a signer left. Only the names are different."),
            N_("Signatures given so far are void. We write to you when it is your turn to sign the new version."),
            NOT_BEFORE,
        ),
        SEE,
        PAGE,
    ),
    (Event.SIGNING_EXTENDED, Side.PARTNER): Words(
        N_("More time to sign, until %(sign_by)s: %(title)s"),
        (N_("The agreement %(reference)s can be signed until %(sign_by)s. The page says why."), NOT_BEFORE),
        SEE,
        PAGE,
    ),
    (Event.AGREEMENT_EXPIRED, Side.PARTNER): Words(
        N_("Not signed in time: %(title)s"),
        (
            N_("The time to sign the agreement %(reference)s is over. Signatures given so far are void."),
            N_("The school can begin a new agreement."),
            NOT_BEFORE,
        ),
        SEE,
        PAGE,
    ),
    (Event.CONSENT_WITHDRAWN, Side.PARTNER): Words(
        N_("Wants paper from now on: %(title)s"),
        (
            N_("%(signer)s took back the consent to do business electronically about the agreement %(reference)s."),
            N_("A signature that was given stands. Send paper from now on, and an agreement to be signed as well."),
        ),
        SEE,
        PAGE,
    ),
}
