"""Questions about the document of an agreement: can it be printed, and does its making need another try."""

from __future__ import annotations

from vetting import fonts
from vetting.models import Agreement
from vetting.queries import sealing
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context
from vetting.workflows.scope_of_service import signers_of


def text_can_be_printed(agreement: Agreement, context: Context) -> Message | None:
    """Every character has a place in a packaged font; asked while the text can still be changed."""
    partnership = agreement.partnership
    people = [place.user for place in signers_of(context.session, agreement) if place.user]
    printed = [
        agreement.draft,
        agreement.organization.legal_name,
        agreement.school.name,
        partnership.program.name,
        [[person.name, person.title] for person in people],
    ]
    missing = fonts.uncovered("".join(fonts.texts(printed)))
    if missing:
        return say(
            N_("The document cannot print %(characters)s. Write the text without."), characters=fonts.named(missing)
        )
    return None


def making_went_wrong(agreement: Agreement, context: Context) -> Message | None:
    if sealing.trouble(context.session, agreement) is None:
        return say(N_("The document is being drawn up. Give it a minute."))
    return None
