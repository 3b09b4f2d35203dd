"""What the forms that ship ask is written for a reader of the eighth grade (Flesch-Kincaid)."""

from __future__ import annotations

import pytest

from tests.unit.test_reading_level import too_hard
from vetting.jobs.demo.next_form import FEEDBACK
from vetting.questionnaires.loading import PORTFOLIO, REGISTRATION, load_form
from vetting.questionnaires.texts import texts_of


@pytest.mark.parametrize("name", [REGISTRATION, PORTFOLIO])
def test_labels_help_and_choices_are_easy_to_read(name: str) -> None:
    texts: dict[str, list[str]] = {}
    for path, text in texts_of(load_form(name)).items():
        if not path.endswith("title"):  # names of fields of work, and no sentences
            texts.setdefault(path.split(".")[0], []).append(text)
    assert too_hard(texts) == {}


def test_the_demonstrations_question_is_too() -> None:
    assert too_hard({"demo": [FEEDBACK.label, FEEDBACK.help]}) == {}
