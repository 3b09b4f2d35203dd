"""Agreements of identical terms, signed by one act: the worker gives each its own signature, in its own transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.orm import Session

from vetting.jobs import itemwise
from vetting.models import Signer, SigningBatch, SigningItem
from vetting.policy import Actor
from vetting.queries import people_at_work
from vetting.text import N_, Message, say
from vetting.workflows import engine
from vetting.workflows.agreement import SIGNER
from vetting.workflows.commands import GiveConsent, Sign
from vetting.workflows.countersigning import SIGNING_BATCH, SIGNING_ITEM

UNSEEN = N_("You cannot see this agreement any more.")


def _settle(session: Session, item: SigningItem) -> Message:
    """Consent where it is missing, then the signature, through the same steps and guards as for a single one."""
    batch, signer = item.batch, item.signer
    person = _signing_person(session, batch)
    given = batch.given
    if str(signer.id) not in given["intents"]:
        # An interest that was declared kept it off the page, and nobody signs what was not on it.
        raise engine.StepRefused([say(UNSEEN)])
    if signer.consent is None:
        _consent(session, batch, signer, person)
    signature = Sign(
        typed_name=given["typed_name"],
        title=given["title"],
        intent=given["intents"][str(signer.id)],
        content_sha256=item.content_sha256,
        method=given["method"],
        authority=given["authority"],
        proof_id=given["proof"],
    )
    engine.run(session, SIGNER, signer, "sign", person, data=signature)
    return say(N_("Signed."))


def _consent(session: Session, batch: SigningBatch, signer: Signer, person: Actor) -> None:
    """Consent as it was given for the whole list; one that was taken back since is not given again."""
    given, since = batch.given, batch.given_at
    ends = [one.withdrawal.withdrawn_at for one in signer.consents if one.withdrawal is not None]
    if not given["consent"] or since is None or any(end >= since for end in ends):
        raise engine.StepRefused([say(N_("The consent to sign electronically was taken back."))])
    text = given["consent"]
    consent = GiveConsent(text["version"], text["sha256"], given["opened"].get(str(signer.id), ""))
    engine.run(session, SIGNER, signer, "consent", person, data=consent)


def _signing_person(session: Session, batch: SigningBatch) -> Actor:
    """Who signed, with what they hold now, and where they signed from, as the server saw it."""
    person = people_at_work.actor_of(session, batch.user_id)
    if person is None:
        raise engine.StepRefused([say(N_("The account of the person who signed is closed."))])
    return replace(person, address=batch.given["address"], agent=batch.given["agent"], method=batch.given["method"])


COURSE = itemwise.Course(
    SigningBatch, SigningItem, SigningItem.batch_id, SIGNING_BATCH, SIGNING_ITEM, _settle, unseen=UNSEEN
)


def work(sessions: itemwise.Sessions, batch_id: int, enough: Callable[[], bool]) -> bool:
    """Give every signature of a list, until it is over or ``enough`` says so. True when nothing is left to do."""
    return itemwise.work(COURSE, sessions, batch_id, enough)
