"""A sign-in that runs out while a person types costs them a sign-in, and no text."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tests.conftest import sign_in
from tests.support.pages import form_fields, text_of
from vetting import clock
from vetting.models import Answer, LoginSession


def run_out(session: Any) -> None:
    session.execute(sa.update(LoginSession).values(expires_at=clock.now()))
    session.commit()


def cities(session: Any) -> list[Any]:
    found = list(session.scalars(sa.select(Answer.value).where(Answer.question_key == "city")))
    session.rollback()
    return found


def section(draft: Any) -> str:
    return f"/apply/{draft.reference}/sections/organization"


def test_the_text_comes_back_and_is_sent_after_signing_in(owner: Any, draft: Any, make: Any, session: Any) -> None:
    typed = form_fields(owner.get(section(draft)).text) | {"q_city": "Bos\nton <b>", "then": "later"}
    run_out(session)

    answer = owner.post(section(draft), data=typed)
    assert answer.status_code == 401
    assert "Your text is still here" in text_of(answer.text)
    assert "Bos" in text_of(answer.text)
    assert 'href="/sign-in' in answer.text
    assert cities(session) == []
    fields = form_fields(answer.text)
    assert fields["q_city"].replace("\r", "") == "Bos\nton <b>"

    sign_in(owner, session, make.owner_of(draft.organization))
    again = owner.post(section(draft), data=fields | {"q_city": "Boston"})
    assert again.status_code == 303, text_of(again.text)
    assert cities(session) == ["Boston"]


def test_a_script_is_told_in_words_and_saves_after_signing_in(owner: Any, draft: Any, make: Any, session: Any) -> None:
    typed = form_fields(owner.get(section(draft)).text) | {"q_city": "Boston"}
    run_out(session)
    path, json = f"{section(draft)}/autosave", {"Accept": "application/json"}

    answer = owner.post(path, data=typed, headers=json)
    assert answer.status_code == 401
    assert "Sign in in another tab" in answer.json["message"]

    sign_in(owner, session, make.owner_of(draft.organization))
    stale = owner.post(path, data={**typed, "csrf_token": "from before"}, headers=json, csrf=False)
    assert stale.status_code == 400
    saved = owner.post(path, data={**typed, "csrf_token": stale.json["csrf_token"]}, headers=json, csrf=False)
    assert saved.status_code == 200, saved.text
    assert cities(session) == ["Boston"]


def test_secrets_are_never_given_back(owner: Any, draft: Any, session: Any) -> None:
    run_out(session)
    answer = owner.post(section(draft), data={"q_city": "Boston", "password": "my own secret", "code": "1234 5678"})
    assert answer.status_code == 401
    assert "my own secret" not in answer.text
    assert "1234 5678" not in answer.text


def test_a_button_without_text_leads_to_the_sign_in(owner: Any, draft: Any, session: Any) -> None:
    run_out(session)
    answer = owner.post(f"/apply/{draft.reference}/check", data={"version": "1"})
    assert answer.status_code == 302
    assert answer.location.endswith("/sign-in")
