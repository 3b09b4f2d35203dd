"""The timeline: every event in words, narrowed by its address, as quick for five thousand events as for five."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.factories import Factory
from vetting import clock
from vetting.forms.custody import quick_day
from vetting.models import Application, Flag, HistoryEntry, Note, NoteKind, Outcome, SeenBy
from vetting.workflows.commands import AssignReviewer, DraftDecision, HandOver, HoldCase


@pytest.fixture
def busy(make: Factory) -> Application:
    """A case in which something of every kind has happened."""
    case = make.submitted()
    boss = make.coordinator()
    actor = make.actor(boss)
    make.take("application", case, "screen", actor)
    make.take("application", case, "assign_reviewer", actor, data=AssignReviewer(make.reviewer("Rosa Reviewer").id))
    note = Note(application=case, author_id=boss.id, kind=NoteKind.CALL, seen_by=SeenBy.OFFICE, body="They called us.")
    make.take("note", note, "write", actor)
    sent = Note(application=case, author_id=boss.id, kind=NoteKind.MESSAGE, seen_by=SeenBy.APPLICANT, body="Dear all.")
    make.take("note", sent, "send", actor)
    flag = Flag(application=case, reason="Check the tax id.", section="", owner_id=boss.id, raised_by_id=boss.id)
    make.take("flag", flag, "raise", actor)
    version = case.evidence[0].document_version
    make.take("evidence", version, "return", actor, reason="Page two cannot be read.")
    make.take("application", case, "hand_over", actor, data=HandOver(make.coordinator("Carl Colleague").id))
    return case


def test_every_event_is_read_in_words(browser_for, busy, read) -> None:
    page = read(browser_for(busy.coordinator).get(f"/desk/cases/{busy.reference}/timeline"))
    for words in (
        "Office only They called us.",
        "The applicant sees this Dear all.",
        "Check the tax id.",
        "Page two cannot be read.",
        "Rosa Reviewer",
        "Carl Colleague",
        "Cora Coordinator",
    ):
        assert words in page, words
    assert page.count(" EDT") + page.count(" EST") >= 8


@pytest.mark.parametrize(
    ("asked", "there", "gone"),
    [
        ("kind=notes", "They called us.", "Dear all."),
        ("kind=messages", "Dear all.", "They called us."),
        ("kind=flags", "Check the tax id.", "Dear all."),
        ("kind=documents", "Page two cannot be read.", "Check the tax id."),
        ("kind=reviews", "Rosa Reviewer", "Dear all."),
        ("kind=steps", "Carl Colleague", "They called us."),
        ("person=system", "Nothing matches", "They called us."),
        ("kind=nonsense&since=never&before=-1", "They called us.", "Nothing matches"),
        ("until=2001-01-01", "Nothing matches", "They called us."),
        ("kind=notes&until=2001-01-01", "Clear all filters", "They called us."),
    ],
)
def test_the_address_narrows_it(asked, there, gone, browser_for, busy, read) -> None:
    page = read(browser_for(busy.coordinator).get(f"/desk/cases/{busy.reference}/timeline?{asked}"))
    assert there in page
    assert gone not in page


def test_it_is_narrowed_by_person_and_by_local_days(make, browser_for, busy, read) -> None:
    owner = make.owner_of(busy.organization).reference
    browser = browser_for(busy.coordinator)
    path = f"/desk/cases/{busy.reference}/timeline"
    today = clock.today()
    mine = read(browser.get(f"{path}?person={owner}"))
    assert "They called us." not in mine
    assert "Application sent" in mine
    assert "They called us." in read(browser.get(f"{path}?since={today}&until={today}"))
    assert "Nothing matches" in read(browser.get(f"{path}?since={today + timedelta(days=1)}"))


def test_five_thousand_events_are_paged_by_key(make, browser_for, busy, session, statements, read) -> None:
    reference, boss = busy.reference, busy.coordinator
    browser = browser_for(boss)
    path = f"/desk/cases/{reference}/timeline"
    with statements() as few:
        browser.get(path)
    add_events(session, busy, 5000)
    with statements() as many:
        first = browser.get(path)
    selects = [[s for s in group if s.lstrip().upper().startswith("SELECT")] for group in (few, many)]
    assert len(selects[1]) <= len(selects[0]) <= 16
    assert "Stay number 4999" in read(first)
    assert "Stay number 4950" in read(first)
    assert "Stay number 4949" not in read(first)
    second = browser.get(link(first, "next"))
    assert "Stay number 4949" in read(second)
    assert "Stay number 4900" in read(second)
    assert "Stay number 4950" not in read(second)
    back = browser.get(link(second, "prev"))
    assert "Stay number 4950" in read(back)
    assert "Stay number 4949" not in read(back)


def link(page, rel: str) -> str:
    return (
        page.get_data(as_text=True).split(f'rel="{rel}"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    )


def add_events(session, case: Application, count: int) -> None:
    """Many events at once; they need no chain to be read."""
    rows = [
        {
            "subject_type": "application",
            "subject_id": case.id,
            "sequence": 1000 + number,
            "step": "hold",
            "to_state": case.state.value,
            "actor_id": case.coordinator_id,
            "actor_kind": "person",
            "actor_name": "Cora Coordinator",
            "at": clock.now(),
            "reason": f"Stay number {number}",
            "data": {},
            "application_id": case.id,
            "organization_id": case.organization_id,
            "previous_hash": "0" * 64,
            "hash": f"{number:064}",
        }
        for number in range(count)
    ]
    session.execute(sa.insert(HistoryEntry), rows)
    session.commit()


def test_who_does_not_work_on_the_case_reads_nothing_of_it(make, browser_for, busy) -> None:
    assert browser_for(make.reviewer()).get(f"/desk/cases/{busy.reference}/timeline").status_code == 404


def test_a_reviewer_reads_what_happened_to_the_case_and_what_they_did(make, browser_for, session, read) -> None:
    rosa, paul, boss = make.reviewer("Rosa Reviewer"), make.reviewer("Paul Peer"), make.coordinator()
    case = make.in_review(make.registration(), reviewers=[rosa, paul], coordinator=boss)
    actor = make.actor(boss)
    version = case.evidence[0].document_version
    make.take("evidence", version, "return", actor, reason="Page two cannot be read.")
    note = Note(application=case, author_id=boss.id, kind=NoteKind.CALL, seen_by=SeenBy.OFFICE, body="They called us.")
    make.take("note", note, "write", actor)
    make.take("application", case, "hold", actor, data=HoldCase(quick_day(clock.today(), 3)), reason="The board meets.")
    make.take("application", case, "wake", actor)
    own = Note(application=case, author_id=rosa.id, kind=NoteKind.COMMENT, seen_by=SeenBy.OFFICE, body="My own words.")
    make.take("note", own, "write", make.actor(rosa))
    browser, path = browser_for(rosa), f"/desk/cases/{case.reference}/timeline"
    assert path in browser.get(f"/desk/cases/{case.reference}").get_data(as_text=True)
    page = read(browser.get(path))
    for words in ("Application sent", "Screening started", "Page two cannot be read.", "My own words."):
        assert words in page, words
    assert "Said to have no conflict of interest: Rosa Reviewer" in page
    for words in ("They called us.", "Case put on hold", "The board meets.", "Paul Peer", "Reviewer assigned"):
        assert words not in page, words
    assert "They called us." not in read(browser.get(f"{path}?kind=notes"))
    assert "Paul Peer" not in read(browser.get(f"{path}?kind=reviews&person={paul.reference}"))
    for review in list(case.reviews):
        make.rate(review)
    make.take("application", case, "draft_decision", actor, data=DraftDecision(Outcome.APPROVE, "Clear.", ()))
    assert "Decision drafted" in read(browser.get(path)), "who sent in their review may know of it"
    assert "Paul Peer" in read(browser_for(boss).get(path))
    stranger = browser_for(make.reviewer("Sam Stranger"))
    assert stranger.get(path).status_code == 404
