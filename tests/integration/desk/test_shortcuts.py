"""Keyboard shortcuts: off by default, every key of one's own choice, and never in the way of typing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting.forms.shortcuts import SHORTCUTS, chosen, field_name, keys_of

Browser = Callable[..., CheckingClient]


def keys(**changed: str) -> dict[str, str]:
    usual = {field_name(name): key for name, (_words, key) in SHORTCUTS.items()}
    return {"on": "y", **usual, **changed}


def test_shortcuts_are_off_until_a_person_switches_them_on(
    make: Factory, session: Session, browser_for: Browser
) -> None:
    cora = make.coordinator()
    browser = browser_for(cora)
    assert "data-shortcut-help" not in browser.get("/desk/queue").get_data(as_text=True)
    assert browser.post("/account/shortcuts", data=keys(key_next="x")).status_code == 303
    page = browser.get("/desk/queue").get_data(as_text=True)
    assert 'data-name="next" data-key="x"' in page
    assert "<kbd>x</kbd>" in page
    browser.post("/account/shortcuts", data={name: key for name, key in keys().items() if name != "on"})
    assert "data-shortcut-help" not in browser.get("/desk/queue").get_data(as_text=True)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"key_next": "p"}, "You use this key for “Next case or page” already"),
        ({"key_next": "J"}, "You use this key for “Next row of the list” already"),
        ({"key_next": "nn"}, "Type one key only"),
        ({"key_next": "Tab"}, "Type one key only"),
        ({"key_next": " "}, "Your browser needs this key"),
        ({"key_next": "'"}, "Your browser needs this key"),
        ({"key_next": "é"}, "Choose a letter from a to z"),
        ({"key_next": "<"}, "Choose a letter from a to z"),
    ],
)
def test_a_key_that_cannot_be_is_refused_and_the_others_stay(
    make: Factory, session: Session, browser_for: Browser, read: Any, changed: dict[str, str], sentence: str
) -> None:
    cora = make.coordinator()
    answer = browser_for(cora).post("/account/shortcuts", data=keys(key_open="z", **changed))
    assert answer.status_code == 422
    assert sentence in read(answer)
    assert 'value="z"' in answer.get_data(as_text=True)
    session.refresh(cora)
    assert chosen(cora.preferences) is None


def test_an_empty_field_is_no_key_and_the_usual_keys_come_back(
    make: Factory, session: Session, browser_for: Browser
) -> None:
    cora = make.coordinator()
    browser = browser_for(cora)
    browser.post("/account/shortcuts", data=keys(key_claim=""))
    session.refresh(cora)
    assert (chosen(cora.preferences) or {})["claim"] == ""
    assert 'data-name="claim"' not in browser.get("/desk/queue").get_data(as_text=True)
    browser.post("/account/shortcuts", data={"on": "y", "usual": "1"})
    session.refresh(cora)
    assert (chosen(cora.preferences) or {})["claim"] == "c"


@pytest.mark.parametrize(
    "kept",
    [None, [], "on", {"on": "yes"}, {"on": True, "keys": ["n"]}, {"on": True, "keys": {"next": 7, "nowhere": "q"}}],
)
def test_a_preference_that_cannot_be_read_is_no_preference(kept: Any) -> None:
    assert keys_of({"shortcuts": kept})["next"] == "n"
    assert set(keys_of({"shortcuts": kept})) == set(SHORTCUTS)


def test_other_preferences_stay(make: Factory, session: Session, browser_for: Browser) -> None:
    cora = make.coordinator()
    cora.preferences = {"kept": "yes"}
    session.commit()
    browser_for(cora).post("/account/shortcuts", data=keys())
    session.refresh(cora)
    assert cora.preferences["kept"] == "yes"
