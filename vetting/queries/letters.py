"""The decision letter as data: the page, the preview and the PDF are all made from this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vetting import clock
from vetting.data.vocabulary import load_categories, word_lists
from vetting.models import Application, ApplicationKind, Decision, DecisionState, Outcome
from vetting.text import N_, Message, say

Translate = Callable[[str], str]

RESULTS = {
    "exceeds": N_("Exceeds the standard"),
    "meets": N_("Meets the standard"),
    "below": N_("Not yet at the standard"),
    "not_applicable": N_("Does not apply"),
}
FAMILIES = {"program": N_("Program standards"), "organizational": N_("Organizational standards")}

REGISTERED = N_("We approved %(organization)s as a School-Community Partner.")
RENEWED = N_("We renewed the approval of %(organization)s as a School-Community Partner.")
NOT_REGISTERED = N_("We cannot approve %(organization)s as a School-Community Partner at this time.")
SELECTED = N_("We selected %(program)s for the Opportunity Portfolio.")
NOT_SELECTED = N_("We did not select %(program)s for the Opportunity Portfolio this round.")

NEXT_STEPS: dict[tuple[bool, Outcome], tuple[str, ...]] = {
    (False, Outcome.APPROVE): (
        N_("Your approved programs are now in the public directory, where school leaders find them."),
        N_("Services at a school start only after the school leader, you and the district have signed an agreement."),
        N_("Keep your documents up to date. We write to you before one runs out."),
    ),
    (False, Outcome.NOT_SELECT): (
        N_("You may apply again at any time. What you gave us is kept, so you do not start over."),
        N_("Write to the partnerships office if you want to talk about this letter."),
    ),
    (True, Outcome.APPROVE): (
        N_("The directory now shows the program as part of the Opportunity Portfolio."),
        N_("School leaders may choose it. Services start only after an agreement is signed by everyone."),
    ),
    (True, Outcome.NOT_SELECT): (
        N_("The program stays in the directory as before. You may apply again in the next round."),
        N_("Write to the partnerships office if you want to talk about this letter."),
    ),
}


def decision_of(application: Application) -> Decision | None:
    """The drafted or released decision."""
    live = [d for d in application.decisions if d.state is not DecisionState.RETURNED]
    return live[-1] if live else None


def content(application: Application, decision: Decision, district: str, translate: Translate = str) -> dict[str, Any]:
    """The letter, ready to be shown or printed. The date is the local day of release, or today for a draft."""

    def said(message: Message | str) -> str:
        return message.translated(translate) if isinstance(message, Message) else translate(message)

    portfolio = application.kind is ApplicationKind.PORTFOLIO
    day = clock.local_date(decision.released_at) if decision.released_at else clock.today()
    return {
        "reference": application.reference,
        "organization": application.organization.legal_name,
        "program": application.program.name if application.program else "",
        "date": day.isoformat(),
        "outcome_sentence": said(_outcome(application, decision)),
        "paragraphs": [*_paragraphs(application, said), *_written(decision.summary)],
        "findings": [
            {
                "standard": f"{finding['standard']} {finding['name']}",
                "family": translate(FAMILIES.get(str(finding.get("family", "")), "")) if finding.get("family") else "",
                "result": translate(RESULTS.get(str(finding["result"]), str(finding["result"]))),
                "reason": str(finding.get("reason", "")),
            }
            for finding in decision.findings
        ],
        "next_steps": [translate(step) for step in NEXT_STEPS[portfolio, decision.outcome]],
        "signed_by": f"{translate(N_('Partnerships office'))}, {district}",
        "made_up": application.organization.made_up,
    }


def _outcome(application: Application, decision: Decision) -> Message:
    approved = decision.outcome is Outcome.APPROVE
    if application.kind is ApplicationKind.PORTFOLIO and application.program is not None:
        return say(SELECTED if approved else NOT_SELECTED, program=application.program.name)
    yes = RENEWED if application.kind is ApplicationKind.RENEWAL else REGISTERED
    return say(yes if approved else NOT_REGISTERED, organization=application.organization.legal_name)


def _paragraphs(application: Application, said: Callable[[Message | str], str]) -> list[str]:
    if application.kind is not ApplicationKind.PORTFOLIO or application.round is None:
        return []
    services = {category.key: category.name for category in load_categories().categories}
    services |= {item.key: f"{item.group}: {item.name}" for item in word_lists()["service_categories"].items}
    category = services.get(application.category_key, application.category_key)
    return [
        said(
            say(
                N_("The application was for %(category)s in the round “%(round)s”."),
                category=category,
                round=application.round.title,
            )
        )
    ]


def _written(summary: str) -> list[str]:
    return [part.strip() for part in summary.split("\n\n") if part.strip()]
