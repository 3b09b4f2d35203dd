"""Results of background checks and personal tax numbers are found; the papers we ask for are not taken for them."""

import pytest

from vetting.inspection.sensitive import CHECK_RESULTS, PERSONAL_NUMBER, found_in

W9 = "Form W-9 Request for Taxpayer Identification Number and Certification\nName of entity: Harbor Arts, Inc.\n"

RESULT_NAMES = [
    "iCORI_Results_Smith.pdf",
    "CORI report 2026.pdf",
    "cori-results.pdf",
    "J_Doe_CORI_Record.PDF",
    "SORI.pdf",
    "fingerprint results.pdf",
    "FingerprintReport-Ana.pdf",
    "criminal history.pdf",
    "CriminalRecordCheck.pdf",
    "background check results - staff.pdf",
    "rap sheet.pdf",
]

HONEST_NAMES = [
    "CORI policy.pdf",
    "CORI_Policy_and_Records_Procedure.docx",
    "background-check-policy.pdf",
    "Background check attestation (no results).pdf",
    "fingerprint_attestation.pdf",
    "iCORI training certificate.pdf",
    "corinthian_report.pdf",
    "Annual report 2026.pdf",
    "historical record of programs.pdf",
    "Criminal Justice Policy Institute.pdf",
    "results-framework.pdf",
    "W9_2026.pdf",
]

RESULT_TEXTS = {
    "a CORI response": """Commonwealth of Massachusetts
        Department of Criminal Justice Information Services
        Criminal Offender Record Information (CORI) results for: DOE, JANE
        Date of Birth: 01/02/1980   Mother's maiden name: Roe
        No adult record found.""",
    "a court record": """CRIMINAL HISTORY
        Docket No. 0101CR001234   Arraignment date: 02/03/2011   Offense: LARCENY   Disposition: CWOF""",
    "a fingerprint result": """Fingerprint results of Jane Doe. FBI No. 12345AB6. DOB 1980-01-02""",
    "a vendor's report": """Background check report for Jane Doe
        DOB: 1/2/80  Criminal record search. Charges: none. Applicant name: Doe""",
}

HONEST_TEXTS = {
    "a policy": """Background-check policy. We request a CORI through iCORI for each employee and volunteer at least
        every three years. Criminal history results are kept under lock and destroyed after seven years. If a
        criminal record is found, the director meets the person. Fingerprint checks follow Chapter 459.""",
    "an attestation": """Background-check attestation. Name, role, checked by, date checked, next date due.
        Ana Example, instructor, Harbor Arts, 03/04/2026, 03/04/2029.
        No results are included. CORI checks were done.""",
    "a handbook": "Staff report an arrest to us. Date of birth is kept by payroll. Criminal history checks apply.",
    "a curriculum": "Students dust for fingerprints and write a report on their results. Subject name: science.",
    "an agenda": "Docket 0123 before the City Council: grants for after-school programs.",
}

PERSONAL = {
    "written out": "SSN: 123-45-6780",
    "on a tax form": W9 + "Social security number 123-45-6780 or Employer identification number",
    "in the boxes": W9 + "Social security number\n1 2 3 - 4 5 - 6 7 8 0\nor\nEmployer identification number",
    "in boxes without hyphens": W9 + "Social security number 1 2 3 4 5 6 7 8 0 or Employer identification number",
    "typed in fields": W9 + "123 45 6780",
    "run together": "Social Security Number 123456780",
    "with long hyphens": "Owner 123–45–6780",
    "a number for taxpayers without one": "ITIN 912-78-1234",
    "in a list": "Ana Example\t123-45-6780\nBen Example\t123-45-6781",
}

NOT_PERSONAL = {
    "an employer's number": W9 + "Social security number\n– –\nor\nEmployer identification number\n04-1234567",
    "an employer's number in boxes": W9
    + "Social security number - - or Employer identification number 0 4 - 1 2 3 4 5 6 7",
    "covered": W9 + "Social security number XXX-XX-6780 or Employer identification number",
    "a phone": "Call 617-555-0123 or (617) 555 0123 or 617 555 0123",
    "a policy": "Policy number: 123-45-6780, certificate no. 223-45-6780",
    "a longer number": "GL-123-45-6780-01",
    "a part of a longer number": "1123-45-67801",
    "nine digits": "Account 123456780, invoice 123456781",
    "never given out": "000-12-3456 and 666-12-3456 and 123-00-4567 and 900-12-3456",
    "a date and a time": "2026-11-22 10:15 and 22-11-2026",
    "a postal code": "Boston, MA 02118-1234",
    "figures with spaces": "Students by grade: 123 45 6780",
    "amounts": "$1,000,000 / $2,000,000; 120 18 2026",
    "the words alone": "Do not write your Social Security number on this form. Call 617-555-0123.",
}


@pytest.mark.parametrize("name", RESULT_NAMES)
def test_a_name_that_says_so_is_enough(name: str) -> None:
    assert found_in(name, "") == CHECK_RESULTS


@pytest.mark.parametrize("name", HONEST_NAMES)
def test_names_of_papers_that_we_ask_for_pass(name: str) -> None:
    assert found_in(name, "") is None


@pytest.mark.parametrize("what", RESULT_TEXTS)
def test_what_a_check_found_is_recognized_by_its_words(what: str) -> None:
    assert found_in("scan0001.pdf", RESULT_TEXTS[what]) == CHECK_RESULTS


@pytest.mark.parametrize("what", HONEST_TEXTS)
def test_papers_about_checks_pass(what: str) -> None:
    assert found_in("scan0001.pdf", HONEST_TEXTS[what]) is None


@pytest.mark.parametrize("what", PERSONAL)
def test_a_personal_tax_number_is_found(what: str) -> None:
    assert found_in("w9.pdf", PERSONAL[what]) == PERSONAL_NUMBER


@pytest.mark.parametrize("what", NOT_PERSONAL)
def test_other_numbers_pass(what: str) -> None:
    assert found_in("w9.pdf", NOT_PERSONAL[what]) is None


def test_a_long_hostile_text_takes_no_long_time() -> None:
    """Each rule looks at a bounded stretch; a text made to confuse it is read once."""
    for piece in ("1 ", "123-45-", "social security number ", "policy ", "a" * 7 + " ", "cori results for "):
        found_in("x.pdf", piece * (400_000 // len(piece)))
