"""Texts in the reader's language, found fast: a page asks for hundreds of them.

Flask-Babel spells out the language and looks the catalog up again for each text; here a language is spelled out once.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from babel.core import Locale
from babel.support import NullTranslations
from flask_babel import Babel, Domain, get_domain, get_locale
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup


class Texts(Domain):  # type: ignore[misc]
    """The district's texts. Catalogs are kept by the language itself, which Babel makes once for each name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._catalogs: dict[Locale | None, NullTranslations] = {}

    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        found = self._catalogs.get(locale)
        if found is None:
            found = self._catalogs[locale] = super().get_translations()
        return found


class Translator(Babel):  # type: ignore[misc]
    """Flask-Babel over ``Texts``."""

    @cached_property
    def domain_instance(self) -> Texts:
        return Texts(domain=self.domain)


@pass_context
def said(context: Context, text: str, /, **values: Any) -> str:
    """``_`` in templates: the text in the reader's language, with its places filled in and safe to show."""
    found: str = get_domain().get_translations().ugettext(text)
    if context.eval_ctx.autoescape:
        found = Markup(found)  # noqa: S704 - our own texts; what is filled in is escaped by Markup
    return found % values if values or "%" in text else found
