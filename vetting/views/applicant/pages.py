"""Every page of the applicant, bound to one blueprint."""

from __future__ import annotations

from vetting.views.applicant import case, documents, home, messages, portfolio, replies, sections, sending
from vetting.views.applicant.blueprint import bp

__all__ = ["bp", "case", "documents", "home", "messages", "portfolio", "replies", "sections", "sending"]
