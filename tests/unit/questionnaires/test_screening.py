"""Visitors who do not need to register learn it at once, and where to go."""

import copy

import pytest

from vetting.data.reading import DataError, content_of
from vetting.questionnaires.screening import SCREENING, load_screening, screen, screening_from

PARTNER = {"purpose": "service", "rhythm": "ongoing", "applicant": "organization"}


def test_an_organization_with_an_ongoing_service_goes_on() -> None:
    assert len(load_screening().questions) == 3
    assert screen(load_screening(), PARTNER).goes_on
    assert screen(load_screening(), PARTNER | {"applicant": "group"}).goes_on


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (PARTNER | {"rhythm": "once"}, "visit"),
        (PARTNER | {"purpose": "space"}, "space"),
        ({"purpose": "space"}, "space"),
        (PARTNER | {"applicant": "person"}, "volunteer"),
        (PARTNER | {"purpose": "research", "rhythm": "once"}, "research"),
    ],
)
def test_others_are_pointed_elsewhere_in_words(answers: dict[str, str], outcome: str) -> None:
    result = screen(load_screening(), answers)
    assert not result.goes_on
    assert result.elsewhere is not None
    assert result.elsewhere.key == outcome
    assert "You do not need to register" in result.elsewhere.text


def test_an_open_or_made_up_answer_is_asked_again() -> None:
    assert screen(load_screening(), {}).missing == ("purpose", "rhythm", "applicant")
    assert screen(load_screening(), PARTNER | {"rhythm": "hourly"}).missing == ("rhythm",)
    assert not screen(load_screening(), {}).goes_on


def test_a_faulty_version_is_refused() -> None:
    content = copy.deepcopy(content_of(SCREENING))
    content["questions"][1]["options"][1]["leads_to"] = "nowhere"
    with pytest.raises(DataError, match="there is no outcome 'nowhere'"):
        screening_from(content, "stored")
    content = copy.deepcopy(content_of(SCREENING))
    del content["questions"][1]["options"][0]
    with pytest.raises(DataError, match="no answer lets anybody go on"):
        screening_from(content, "stored")
