"""What must never be kept is found in real files, wherever their words are, and scans say that nobody could look."""

from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from tests.documents.papers import docx_of, pdf_of, photo, xlsx_of
from vetting.data.evidence_types import Format
from vetting.filetypes import Accepted, Refused, examine
from vetting.filetypes.check import PERSONAL, RESULTS

NUMBER = "Social Security Number 123-45-6780"
REPORT = ("CORI results for: DOE, JANE", "Date of birth: 01/02/1980", "No adult record found.")


def with_fields(*values: str) -> bytes:
    """A form whose numbers were typed into fields, one box after the other."""
    document = pikepdf.new()
    document.add_blank_page()
    fields = [
        document.make_indirect(
            pikepdf.Dictionary(FT=pikepdf.Name.Tx, T=f"f{number}", V=value, Subtype=pikepdf.Name.Widget)
        )
        for number, value in enumerate(values)
    ]
    document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(fields))
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def looked_at(folder: Path, name: str, content: bytes) -> Accepted | Refused:
    path = folder / "file"
    path.write_bytes(content)
    return examine(path, name, tuple(Format))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("w9.pdf", pdf_of("Form W-9", NUMBER)),
        ("w9.pdf", with_fields("Form W-9", "123", "45", "6780")),
        ("list.docx", docx_of("Staff", NUMBER)),
        ("list.xlsx", xlsx_of(("name", "SSN"), ("Ana Example", "123-45-6780"))),
    ],
    ids=["pdf", "fields", "word", "sheet"],
)
def test_a_file_that_shows_a_personal_number_is_not_taken(tmp_path: Path, name: str, content: bytes) -> None:
    found = looked_at(tmp_path, name, content)
    assert isinstance(found, Refused)
    assert found.message.text == PERSONAL


@pytest.mark.parametrize(
    ("name", "content"),
    [("scan.pdf", pdf_of(*REPORT)), ("scan.docx", docx_of(*REPORT)), ("CORI results.pdf", pdf_of("A page."))],
    ids=["pdf", "word", "name"],
)
def test_the_result_of_a_check_is_not_taken(tmp_path: Path, name: str, content: bytes) -> None:
    found = looked_at(tmp_path, name, content)
    assert isinstance(found, Refused)
    assert found.message.text == RESULTS


def test_a_tax_form_of_an_organization_is_taken_and_was_read(tmp_path: Path) -> None:
    found = looked_at(tmp_path, "w9.pdf", pdf_of("Form W-9 Request for Taxpayer", "EIN 04-1234567"))
    assert isinstance(found, Accepted)
    assert found.readable


def test_a_photo_says_that_nobody_could_look(tmp_path: Path) -> None:
    found = looked_at(tmp_path, "w9.jpg", photo())
    assert isinstance(found, Accepted)
    assert not found.readable
