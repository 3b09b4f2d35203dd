"""What is printed is what was agreed: every word, nothing that was not observed, and user text only ever as text."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.documents.samples import AUDIT, CERTIFICATE, CONTENT, LETTER, SCANS, on_paper, with_content
from tests.documents.test_render import text_of
from vetting.documents.agreement import agreement_body, agreement_html, draft_pdf, executed_pdf
from vetting.documents.content import content_sha256
from vetting.documents.errors import DocumentIncomplete
from vetting.documents.letter import letter_html, letter_pdf
from vetting.documents.pages import dollars, local_time, long_date, utc_time

HOSTILE = (
    '</td><script>alert(1)</script><img src=http://127.0.0.1:9/x><style>*{display:none}</style>{{ 7*7 }} & "quoted"'
)


def words(html: str) -> list[str]:
    """The words a page shows, in order."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            found.extend(data.split())

    Reader().feed(html)
    return found


def leaves(value: Any) -> list[str]:
    """Every text inside a structure."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in leaves(item)]
    if isinstance(value, list):
        return [text for item in value for text in leaves(item)]
    return [value] if isinstance(value, str) else []


def test_everything_agreed_is_on_the_page() -> None:
    body = " ".join(words(agreement_body(CONTENT)))
    printed_otherwise = {"schema", "title", "reference", "version", "starts_on", "ends_on", "reporting_dates"}
    content = {key: value for key, value in CONTENT.items() if key not in printed_otherwise}
    content["money"] = {**content["money"], "source": ""}
    content["signers"] = [{**signer, "role": "", "email": ""} for signer in content["signers"]]
    for text in leaves(content):
        assert " ".join(text.split()) in body
    for text in ("$18,500", "September 14, 2026", "June 18, 2027", "December 18, 2026", "48", "may not start until"):
        assert text in body


def test_the_pdf_shows_every_part_of_the_signing_page(unsealed: bytes) -> None:
    def letters(text: str) -> str:
        # Line ends and bullets fall differently on paper; everything else may not.
        return re.sub(r"[\s•]", "", text)

    printed = letters(text_of(unsealed, "-raw"))
    parts = re.findall(r"<(p|li|h2|h3|td|th|caption)\b[^>]*>(.*?)</\1>", agreement_body(CONTENT), re.DOTALL)
    assert len(parts) > 60
    assert [part for _, part in parts if letters(" ".join(words(part))) not in printed] == []


def test_text_with_markup_is_printed_as_text() -> None:
    content, certificate = with_content(services=HOSTILE, title=f"Agreement {HOSTILE}")
    content["goals"][0]["goal"] = HOSTILE
    certificate["content_sha256"] = content_sha256(content)
    html = agreement_html(content, certificate)
    assert "<script" not in html
    assert "<img src=http" not in html
    assert "{{ 7*7 }}" in html
    printed = " ".join(text_of(executed_pdf(content, certificate, AUDIT)).split())
    assert "<script>alert(1)</script><img src=http://127.0.0.1:9/x>" in printed


def test_a_gap_is_said_not_filled(unsealed: bytes) -> None:
    html = agreement_html(CONTENT, CERTIFICATE)
    opened = re.findall(r'<th scope="row">Opened</th><td>(.*?)</td>', html)
    assert [value == "not recorded" for value in opened] == [False, True, False]
    assert "Time stamp by</th><td>not recorded" in html


def test_who_signed_for_whom_and_how_they_showed_who_they_are(unsealed: bytes) -> None:
    html = agreement_html(CONTENT, CERTIFICATE)
    proofs = re.findall(r'<th scope="row">Proof of identity before signing</th><td>(.*?)</td>', html)
    assert proofs == ["Passkey", "not recorded", "Passkey"]
    printed = " ".join(text_of(unsealed, "-raw").split())
    assert "In the place of Nguyễn Thị Hoa" in printed
    assert "I am on leave until the end of the month." in printed
    assert "September 30, 2026" in printed
    for signer in CERTIFICATE["signers"]:
        assert signer["authority"] in printed


def test_a_reason_that_no_font_can_print_is_not_left_out() -> None:
    content, certificate = with_content()
    certificate["signers"][0]["delegation"]["reason"] = "On leave \U0001f334"
    with pytest.raises(DocumentIncomplete, match="No packaged font"):
        executed_pdf(content, certificate, AUDIT)


def test_times_are_shown_in_the_zone_of_the_district_and_in_utc() -> None:
    html = agreement_html(CONTENT, CERTIFICATE)
    assert "September 10, 2026, 2:03:11 p.m. EDT" in html
    assert "2026-09-10 18:03:11 UTC" in html
    assert local_time("2026-12-01T05:00:00Z") == "December 1, 2026, 12:00:00 a.m. EST"
    assert utc_time("2026-12-01T00:00:00-05:00") == "2026-12-01 05:00:00 UTC"
    assert (long_date("2027-02-03"), dollars(0), dollars(123456789)) == ("February 3, 2027", "$0", "$1,234,567.89")


def test_an_agreement_without_money_says_so() -> None:
    content, _ = with_content(money={**CONTENT["money"], "amount_cents": 0})
    assert "No money is paid under this agreement." in agreement_body(content)


def test_made_up_content_is_labelled_and_real_content_is_not() -> None:
    real, _ = with_content(made_up=False)
    assert "made up" in agreement_body(CONTENT)
    assert "made up" not in agreement_body(real)


def test_terms_that_are_not_the_districts_own_say_so() -> None:
    own = {key: value for key, value in CONTENT.items() if key != "template_note"}
    assert "not the district&#39;s" in agreement_body(CONTENT)
    assert "not the district&#39;s" not in agreement_body(own)


def test_a_production_seal_prints_no_warning() -> None:
    html = agreement_html(CONTENT, {**CERTIFICATE, "development": False})
    assert "NOT VALID" not in html.replace(CERTIFICATE["seal_subject"], "")
    assert "is-development" not in html


@pytest.mark.parametrize("part", sorted(set(CONTENT) - {"template_note"}))
def test_an_agreement_that_lacks_a_part_is_not_printed(part: str) -> None:
    content = {key: value for key, value in CONTENT.items() if key != part}
    with pytest.raises(DocumentIncomplete, match=part):
        agreement_html(content, None)


def test_a_certificate_of_another_text_is_not_printed() -> None:
    changed, _ = with_content(services="Something else")
    with pytest.raises(DocumentIncomplete, match="another text"):
        executed_pdf(changed, CERTIFICATE, AUDIT)
    with pytest.raises(DocumentIncomplete, match="cannot be printed"):
        agreement_html({**CONTENT, "schema": "memo/9"}, None)
    with pytest.raises(DocumentIncomplete, match="chain_head"):
        agreement_html(CONTENT, {key: value for key, value in CERTIFICATE.items() if key != "chain_head"})


def test_a_draft_says_so_on_every_page() -> None:
    pages = text_of(draft_pdf(CONTENT, datetime(2026, 9, 1, tzinfo=UTC))).split("\f")[:-1]
    assert pages
    assert all("Draft, not signed" in page for page in pages)
    assert not any("Certificate of signing" in page for page in pages)


def test_the_letter_cites_every_standard_and_next_step() -> None:
    text = " ".join(text_of(letter_pdf(LETTER)).split())
    for expected in (*leaves(LETTER["findings"]), *LETTER["next_steps"], LETTER["outcome_sentence"], "May 4, 2026"):
        assert all(word in text for word in expected.split())
    with pytest.raises(DocumentIncomplete, match="signed_by"):
        letter_html({key: value for key, value in LETTER.items() if key != "signed_by"})


def test_the_letter_prints_markup_as_text() -> None:
    html = letter_html({**LETTER, "paragraphs": [HOSTILE], "organization": HOSTILE})
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_scan_that_is_not_the_one_that_was_compared_is_not_sealed() -> None:
    certificate = on_paper(CERTIFICATE)
    for scans in ({}, {"signed-on-paper-1.pdf": b"another"}, {**SCANS, "more.pdf": b"more"}):
        with pytest.raises(DocumentIncomplete, match="scan of the signed paper"):
            executed_pdf(CONTENT, certificate, AUDIT, scans=scans)
