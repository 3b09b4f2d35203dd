"""Every page of the applicant, bound to one blueprint."""

from __future__ import annotations

from vetting.views.applicant import (
    case,
    certificate,
    copies,
    documents,
    explaining,
    home,
    language,
    messages,
    more_time,
    organization,
    portfolio,
    renewal,
    replies,
    sections,
    sending,
    sponsors,
    starting,
    withdrawing,
    words_given,
)
from vetting.views.applicant.blueprint import bp

__all__ = [
    "bp",
    "case",
    "certificate",
    "copies",
    "documents",
    "explaining",
    "home",
    "language",
    "messages",
    "more_time",
    "organization",
    "portfolio",
    "renewal",
    "replies",
    "sections",
    "sending",
    "sponsors",
    "starting",
    "withdrawing",
    "words_given",
]
