"""Packets held against the rules: what is found in each document, alone and with the others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date

from tests.support.packets.packet import Packet, Paper
from vetting.data.evidence_types import load_evidence_types
from vetting.data.insurance_words import load_insurance_words
from vetting.documents import reading as reader
from vetting.preflight.finding import Finding
from vetting.preflight.given import District, Given
from vetting.preflight.reading import Reading, reading_from
from vetting.preflight.rules import Sent, check, together

Read = Callable[[Paper], Reading | None]
"""Reads a document; None where it would not be taken in at all."""

REFUSED = Finding("refused")


def read_here(paper: Paper) -> Reading:
    """Without a child process, for tests that read many."""
    data, _parts = reader.read({"media_type": paper.media_type}, {"document": paper.content})
    return reading_from(data)


def look(packet: Packet, read: Read, today: date, only: str = "") -> dict[str, list[Finding]]:
    """The findings of a packet by type of document; ``only`` reads just the one of this type."""
    found: dict[str, list[Finding]] = {}
    sent = []
    for paper in packet.papers:
        given = given_with(packet, paper, today)
        if only in {"", paper.type_key}:
            reading = read(paper)
            found[paper.type_key] = [REFUSED] if reading is None else check(reading, given)
        digest = hashlib.sha256(paper.content).hexdigest()
        days = (given.valid_from, given.valid_until)
        sent.append(Sent(paper.type_key, given.kind, digest, given.policy_number, *days))
    for type_key, findings in together(sent, [packet.program], today).items():
        found.setdefault(type_key, []).extend(findings)
    return found


def given_with(packet: Packet, paper: Paper, today: date) -> Given:
    """What was typed with a document, and whose it is."""
    words = load_insurance_words()
    digits = packet.body.ein.replace("-", "")
    return Given(
        kind=load_evidence_types().documents[paper.type_key],
        today=today,
        names=packet.names,
        district=District(words.names, words.additional_insured),
        same_tax_id=lambda read: read == digits,
        addresses=(f"{packet.body.street}, Boston, 02119",),
        **paper.typed,
    )
