"""Two people save parts of one draft in the same instant: both are kept."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy.orm import Session

from tests.integration.forms.conftest import Editor, filled
from vetting.queries import form_versions


def test_two_questions_saved_in_the_same_instant_are_both_kept(
    editor: Editor, browser_for: Any, admin: Any, session: Session
) -> None:
    other = Editor(browser_for(admin), session)
    work = [(editor, "website", "Your site"), (other, "city", "Town")]
    pages = [(one, key, {**filled(one.get(f"/draft/questions/{key}")), "label": label}) for one, key, label in work]
    session.rollback()
    together = threading.Barrier(2)
    answers: list[int] = []

    def send(one: Editor, key: str, data: dict[str, Any]) -> None:
        together.wait(20)
        answers.append(one.post(f"/draft/questions/{key}", **data).status_code)

    threads = [threading.Thread(target=send, args=page) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [303, 303]
    labels = {question.key: question.label for question in form_versions.form(editor.draft).questions}
    assert (labels["website"], labels["city"]) == ("Your site", "Town")
