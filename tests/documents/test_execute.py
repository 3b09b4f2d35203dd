"""The worker gets one checked file, or a sentence that says why not."""

import hashlib
from datetime import UTC, datetime

import pytest

from tests.documents.samples import AUDIT, CERTIFICATE, CONTENT
from vetting.documents.check import Outcome, RegisterEntry, examine
from vetting.documents.errors import DocumentIncomplete
from vetting.documents.execute import execute_agreement
from vetting.documents.keys import SealKeys


def test_an_executed_agreement_is_an_exact_copy_of_itself(keys: SealKeys) -> None:
    certificate = {**CERTIFICATE, "seal_subject": keys.subject, "seal_fingerprint": keys.fingerprint}
    made = execute_agreement(CONTENT, certificate, AUDIT, keys)
    assert made.sha256 == hashlib.sha256(made.pdf).hexdigest()
    entry = RegisterEntry(
        sha256=made.sha256,
        reference=CONTENT["reference"],
        title=CONTENT["title"],
        superseded=False,
        content_sha256=certificate["content_sha256"],
        seal_fingerprint=keys.fingerprint,
        sealed_at=datetime(2026, 9, 10, tzinfo=UTC),
    )
    found = examine(made.pdf, trusted=keys.trusted_pem, register={made.sha256: entry}.get)
    assert found.outcome is Outcome.EXACT_COPY


@pytest.mark.parametrize("wrong", [{"seal_fingerprint": "00" * 32}, {"development": False}])
def test_a_page_that_names_another_seal_is_not_sealed(keys: SealKeys, wrong: dict[str, object]) -> None:
    certificate = {**CERTIFICATE, "seal_fingerprint": keys.fingerprint, **wrong}
    with pytest.raises(DocumentIncomplete, match="another seal"):
        execute_agreement(CONTENT, certificate, AUDIT, keys)
