"""What mail says when an application is taken back, and before something lapses because nobody acts."""

from __future__ import annotations

from collections.abc import Mapping

from vetting.events import Event
from vetting.notifications.words import Side, Words
from vetting.text import N_

RENEWAL: Mapping[tuple[Event, Side], Words] = {
    (Event.APPLICATION_WITHDRAWN, Side.PARTNER): Words(
        N_("Withdrawn: %(title)s"),
        (
            N_("Your organization withdrew “%(title)s” (%(reference)s). We stop working on it."),
            N_("Your answers and documents stay with your organization. You may apply again with them at any time."),
        ),
        N_("See it"),
        "/apply/%(reference)s",
    ),
    (Event.DRAFT_LAPSING, Side.PARTNER): Words(
        N_("Your draft closes on %(lapses)s"),
        (
            N_("Nobody has worked on “%(title)s” (%(reference)s) for a long time. It closes after %(lapses)s."),
            N_("Save anything in it to keep it open. If it closes, your answers are kept and you can start again from them."),
        ),
        N_("Go on with it"),
        "/apply/%(reference)s",
    ),
    (Event.PARTNER_LAPSING, Side.PARTNER): Words(
        N_("Your listing ends on %(lapses)s"),
        (
            N_("We have heard nothing from or about %(organization)s for a long time. Schools rely on the list of partners, so "
               "your approval ends after %(lapses)s."),
            N_("Write to the partnerships office to stay on the list. You can also renew afterwards, with everything you told us."),
        ),
        N_("See your organization"),
        "/apply",
    ),
    (Event.PARTNER_LAPSED, Side.PARTNER): Words(
        N_("Your approval has ended: %(organization)s"),
        (
            N_("We heard nothing for a long time, so the approval of %(organization)s ended on %(ends)s."),
            N_("You can renew it at any time. We bring over everything you told us."),
        ),
        N_("Renew"),
        "/apply",
    ),
}  # fmt: skip
