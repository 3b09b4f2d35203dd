"""Messages: who gets mail is said before sending, and what is not read yet is marked for each person alone."""

from __future__ import annotations

from tests.support.pages import form_fields, text_of
from vetting.models import Note, NoteKind, Role, SeenBy


def test_a_message_is_marked_until_its_reader_says_so(make, session, browser_for):
    case = make.submitted(make.registration())
    boss = make.coordinator()
    second = make.person("Second Owner")
    make.grant(second, Role.ORG_OWNER, organization=case.organization)
    note = Note(
        application=case,
        author_id=boss.id,
        kind=NoteKind.MESSAGE,
        seen_by=SeenBy.APPLICANT,
        body="On which morning could we visit?",
    )
    make.take("note", note, "send", make.actor(boss))
    first, other = browser_for(make.owner_of(case.organization)), browser_for(second)
    where, address = f"/apply/{case.reference}/messages", boss.email
    session.rollback()

    page = first.get(where)
    assert "Not read yet" in page.text
    assert "The partnerships office (" in text_of(page.text)
    assert address not in page.text
    assert first.post(f"{where}/read", data=form_fields(page.text)).status_code == 303
    assert "Not read yet" not in first.get(where).text
    assert "We have a message for you" not in first.get(where.removesuffix("/messages")).text
    assert "Not read yet" in other.get(where).text
