"""Every page of forms, on their blueprint."""

from vetting.views.form_admin import drafting, listing, outline, questions, sections, texts
from vetting.views.form_admin.blueprint import bp

__all__ = ["bp", "drafting", "listing", "outline", "questions", "sections", "texts"]
