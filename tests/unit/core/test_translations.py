"""Texts in the reader's language: found once for a request, and anew when the language changes within it."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, render_template_string
from flask_babel import force_locale, gettext

from vetting.translations import Translator, said


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    catalog = Catalog(locale="es")
    catalog.add("Queue", "Fila <b>")
    catalog.add("%(name)s and 100%", "%(name)s y 100%")
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    app = Flask("translated")
    Translator().init_app(app, default_translation_directories=str(tmp_path))
    app.jinja_env.globals["_"] = said
    return app


def test_the_language_may_change_within_a_request(app: Flask) -> None:
    with app.test_request_context("/"):
        assert gettext("Queue") == "Queue"
        with force_locale("es"):
            assert gettext("Queue") == "Fila <b>"
        assert gettext("Queue") == "Queue"


def test_each_request_has_its_own_language(app: Flask) -> None:
    with app.test_request_context("/"), force_locale("es"):
        assert gettext("Queue") == "Fila <b>"
    with app.test_request_context("/"):
        assert gettext("Queue") == "Queue"


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{{ _('%(name)s here', name='<i>') }}", "&lt;i&gt; here"),
        ("{{ _('The district\\'s own') }}", "The district's own"),
        ("{{ _('Queue') }}", "Fila &lt;b&gt;"),
        ("{{ _(text) }}", "A &lt;b&gt; &amp; a &#34;c&#34;, 50% of d"),
        ('<p title="{{ _(text) }}">', '<p title="A &lt;b&gt; &amp; a &#34;c&#34;, 50% of d">'),
        ("{{ _('%(text)s', text=text) }}", "A &lt;b&gt; &amp; a &#34;c&#34;, 50% of d"),
    ],
)
def test_whoever_wrote_a_text_it_is_shown_as_text(app: Flask, template: str, shown: str) -> None:
    """Forms and standards are written by people of the office, translations by others, names by anybody."""
    with app.test_request_context("/"), force_locale("es"):
        assert render_template_string(template, text='A <b> & a "c", 50% of d') == shown
