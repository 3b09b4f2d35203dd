"""What mail says when somebody acts for a school's leader; both read the same."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.events import Event
from vetting.notifications.words import Side, Words
from vetting.text import N_

PAGE = "/schools/delegations/%(reference)s"

DELEGATIONS: Mapping[tuple[Event, Side], Words] = {
    (Event.DELEGATION_GIVEN, Side.PARTNER): Words(
        N_("%(delegate)s acts for %(leader)s at %(school)s"),
        (
            N_(
                "From %(starts)s to %(ends)s, %(delegate)s acts for %(leader)s. Both days count, and it ends by itself."
            ),
            N_("What %(delegate)s does in these days is kept as done on behalf of %(leader)s. It cannot be passed on."),
        ),
        N_("See what was agreed"),
        PAGE,
    ),
    (Event.DELEGATION_ENDED, Side.PARTNER): Words(
        N_("%(delegate)s no longer acts for %(leader)s at %(school)s"),
        (N_("It was agreed until %(ends)s and has ended early. What was done before stays as it is."),),
        N_("See what was agreed"),
        PAGE,
    ),
}
