"""Texts in the reader's language, found fast: a page asks for hundreds of them.

Flask-Babel spells out the language and looks the catalog up again for each text; here that happens once for each
request and language.
"""

from __future__ import annotations

import re
from typing import Any

from babel.core import Locale
from babel.support import NullTranslations
from flask import g
from flask_babel import Babel, Domain, get_domain, get_locale
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

MARKUP = re.compile('[<>&"]')
"""Signs that no text of ours holds. Questions, standards and names pass through here too, and people type those."""


class Texts(Domain):  # type: ignore[misc]
    """The texts for one request. Flask-Babel asks ``Translator`` for it once and keeps it beside the language."""

    def __init__(self, catalogs: dict[str, NullTranslations], **options: Any) -> None:
        super().__init__(**options)
        self._catalogs = catalogs
        self._beside: Any = None
        self._locale: Locale | None = None
        self._found: NullTranslations = NullTranslations()

    def get_translations(self) -> NullTranslations:
        # The language may change within a request, so what was found holds only as long as the language is the same.
        if self._locale is None or getattr(self._beside, "babel_locale", None) is not self._locale:
            self._look_up()
        return self._found

    def _look_up(self) -> None:
        self._locale = get_locale()
        self._beside = getattr(g, "_flask_babel", None)
        name = str(self._locale)
        if name not in self._catalogs:
            self._catalogs[name] = super().get_translations()
        self._found = self._catalogs[name]


class Translator(Babel):  # type: ignore[misc]
    """Flask-Babel over ``Texts``."""

    def __init__(self) -> None:
        self._catalogs: dict[str, NullTranslations] = {}
        super().__init__()

    @property
    def domain_instance(self) -> Texts:
        return Texts(self._catalogs, domain=self.domain)


@pass_context
def said(context: Context, text: str, /, **values: Any) -> str:
    """``_`` in templates: the text in the reader's language, with its places filled in and safe to show.

    A text without values is shown as it is, so that a question may ask for a percentage.
    """
    found: str = get_domain().get_translations().ugettext(text)
    if context.eval_ctx.autoescape:
        # An apostrophe is harmless between the quotes that our templates write, and stays readable.
        found = escape(found) if MARKUP.search(found) else Markup(found)  # noqa: S704
    return found % values if values else found
