"""Pages of documents that a rating rests on: which can be cited, and how a citation is shown."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from vetting.forms.ratings import Citation, stored_value
from vetting.models import Application, DocumentVersion, Review
from vetting.queries import cases
from vetting.views import casefile, pages


class Citable:
    """What can be cited in one review. The documents are only read when something new is cited."""

    def __init__(self, review: Review) -> None:
        self.review = review

    @cached_property
    def versions(self) -> Mapping[str, tuple[str, DocumentVersion]]:
        """Name and version of the documents in force in the case, by their code."""
        application: Application = self.review.application
        links = cases.current_evidence(application)
        return {
            casefile.document_code(link): (cases.document_name(link.type_key), link.document_version) for link in links
        }

    @cached_property
    def _kept(self) -> Mapping[str, tuple[Citation, ...]]:
        return {rating.indicator_key: stored_value(rating).citations for rating in self.review.ratings}

    def objection(self, key: str, citation: Citation) -> str:
        """Why a page cannot be cited. What was cited before stays, even when its document was replaced since."""
        document, page = citation
        if citation in self._kept.get(key, ()):
            return ""
        found = self.versions.get(document)
        if found is None:
            return str(_("Choose one of the documents of this application"))
        name, version = found
        last = pages.renditions().pages(pages.source_of(version))
        if last and page > last:
            return str(_("%(name)s has %(last)s pages. Choose one of them", name=name, last=last))
        return ""


def shown(
    citations: tuple[Citation, ...], documents: Mapping[str, tuple[str, DocumentVersion]], here: str
) -> list[dict[str, Any]]:
    """Citations as links that open the page beside the checklist whose address is ``here``."""
    found = []
    for document, page in citations:
        known = documents.get(document)
        if known is None:
            label = _("A document that was replaced since, page %(page)s", page=page)
        else:
            label = _("%(name)s, page %(page)s", name=known[0], page=page)
        found.append(
            {
                "value": f"{document}~{page}",
                "label": label,
                "href": casefile.pane(here, document, page) if known else "",
            }
        )
    return found
