"""Forms in other languages: side by side, marked when the English changed, read with English for the rest."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.forms.conftest import Editor, filled, words
from vetting.models import Application
from vetting.queries import form_versions
from vetting.questionnaires.texts import Standing, reading, standing

LABEL = "text--question--mission--label"
SPANISH = "¿Cuál es su misión?"


def translate(editor: Editor, language: str = "es", **texts: str) -> Any:
    return editor.send(f"/draft/texts/{language}", query={"part": "mission"}, **texts)


def test_an_applicant_reads_the_form_in_their_language_and_english_where_it_lacks(
    make: Factory, editor: Editor, browser_for: Any, admin: Any, session: Session
) -> None:
    assert translate(editor, **{LABEL: SPANISH}).status_code == 303
    page = words(editor.get("/draft/publish"))
    assert "Español Changed Translation 1 text added" in page
    version = str(editor.draft.version)
    assert Editor(browser_for(admin), session).post("/draft/publish", version=version).status_code == 303
    registration = make.registration()
    make.fill(registration)
    owner = browser_for(make.owner_of(registration.organization))
    address = f"/apply/{registration.reference}/sections/mission"
    english = owner.get(address)
    assert SPANISH not in words(english)
    assert 'name="language" value="es"' in english.get_data(as_text=True)
    assert owner.post("/apply/language", data={"language": "es", "next": address}).location == address
    spanish = owner.get(address)
    assert SPANISH in words(spanish)
    assert "Whom do you serve?" in words(spanish)
    assert re.search(r'<div lang="es" dir="ltr"', spanish.get_data(as_text=True))
    assert reading.get() == "en"
    assert SPANISH not in words(browser_for(admin).get(f"/admin/forms/registration/{2}"))
    assert owner.post("/apply/language", data={"language": "tlh"}).status_code == 400


def test_a_form_without_translations_offers_none(make: Factory, browser_for: Any, session: Session) -> None:
    registration: Application = make.registration()
    owner = browser_for(make.owner_of(registration.organization))
    owner.post("/apply/language", data={"language": "ar"})
    page = owner.get(f"/apply/{registration.reference}/sections/organization").get_data(as_text=True)
    assert 'name="language"' not in page
    assert '<div lang="en" dir="ltr"' in page


def test_a_translation_is_out_of_date_once_the_english_changes_until_somebody_looks(editor: Editor) -> None:
    translate(editor, "ar", **{LABEL: "ما هي رسالتكم؟"})
    assert editor.send("/draft/questions/mission", label="What do you want to change?").status_code == 303
    page = editor.get("/draft/texts/ar", part="mission")
    assert "Out of date since the English changed" in words(page)
    assert 'dir="rtl"' in page.get_data(as_text=True)
    assert editor.post("/draft/texts/ar", **filled(page)).status_code == 303
    assert standing(form_versions.form(editor.draft), "ar")["question.mission.label"] is Standing.OUT_OF_DATE
    assert editor.post("/draft/texts/ar", **{**filled(page), f"right-{LABEL}": "1"}).status_code == 303
    assert standing(form_versions.form(editor.draft), "ar")["question.mission.label"] is Standing.GOOD
    preview = editor.get("/2", **{"in": "ar"}).get_data(as_text=True)
    assert 'lang="ar" dir="rtl"' in preview
    assert "ما هي رسالتكم؟" in preview


def test_two_translators_who_write_the_same_text_both_see_it(
    editor: Editor, browser_for: Any, admin: Any, session: Session
) -> None:
    other = Editor(browser_for(admin), session)
    one, two = editor.get("/draft/texts/es", part="mission"), other.get("/draft/texts/es", part="mission")
    assert editor.post("/draft/texts/es", **{**filled(one), LABEL: SPANISH}).status_code == 303
    title = "text--section--mission--title"
    clash = other.post("/draft/texts/es", **{**filled(two), LABEL: "¿Su misión?", title: "Su misión"})
    assert clash.status_code == 409
    assert SPANISH in words(clash)
    assert "¿Su misión?" in words(clash)
    assert other.post("/draft/texts/es", **filled(clash)).status_code == 303
    kept = form_versions.form(editor.draft).translations["es"]
    assert kept["question.mission.label"].text == "¿Su misión?"
    assert kept["section.mission.title"].text == "Su misión"


def test_a_po_file_goes_to_a_translator_and_comes_back(editor: Editor) -> None:
    translate(editor, **{LABEL: SPANISH})
    file = editor.get("/draft/texts/es.po").get_data(as_text=True)
    assert 'msgctxt "question.mission.label"' in file
    assert SPANISH in file
    done = file.replace(
        'msgctxt "section.mission.title"\nmsgid "Your mission and reach"\nmsgstr ""',
        'msgctxt "section.mission.title"\nmsgid "Your mission and reach"\nmsgstr "Su misión"',
    )
    sent = editor.post("/draft/texts/es/import", file=(BytesIO(done.encode()), "es.po"))
    assert sent.status_code == 303, words(sent)
    made = form_versions.form(editor.draft)
    assert made.translations["es"]["section.mission.title"].text == "Su misión"
    assert made.translations["es"]["question.mission.label"].text == SPANISH
    old = done.replace('msgid "Your mission and reach"', 'msgid "Your mission"')
    assert editor.post("/draft/texts/es/import", file=(BytesIO(old.encode()), "es.po")).status_code == 303
    assert standing(form_versions.form(editor.draft), "es")["section.mission.title"] is Standing.OUT_OF_DATE


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "holds no translation"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b'msgid "x"\nmsgstr "y"\nnonsense here\n', "not a PO file"),
        (b'msgctxt "question.gone.label"\nmsgid "x"\nmsgstr "y"\n', "there is no text"),
        (b'msgctxt "title"\nmsgid "x"\nmsgstr "a\xe2\x80\xaeb"\n', "hidden characters"),
    ],
)
def test_a_file_that_is_no_translation_changes_nothing(editor: Editor, data: bytes, sentence: str) -> None:
    before = editor.draft.content
    answer = editor.post("/draft/texts/es/import", file=(BytesIO(data), "es.po"))
    assert (answer.status_code, sentence in words(answer)) == (422, True), words(answer)
    assert editor.draft.content == before
    assert editor.get("/draft/texts/tlh").status_code == 404
