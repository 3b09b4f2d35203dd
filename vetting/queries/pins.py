"""What exactly an application says at this moment, as one digest, so that a word given on it holds for nothing else."""

from __future__ import annotations

from vetting import canonical
from vetting.models import Application

DOMAIN = "application.v1"


def pin_of(application: Application) -> str:
    """SHA-256 over every answer and the bytes of every document of the application."""
    answers = sorted([a.program, a.question_key, canonical.digest(DOMAIN, a.value)] for a in application.answers)
    documents = sorted([link.type_key, link.document_version.sha256] for link in application.evidence)
    return canonical.digest(DOMAIN, {"answers": answers, "documents": documents})
