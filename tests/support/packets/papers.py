"""Tax forms, letters, lists and budgets the way organizations have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from tests.support.packets.insurance import FORMATS, INSURERS, PRODUCERS
from tests.support.packets.paper import Sheet, docx, pdf, xlsx

PEOPLE = (
    "María Núñez",
    "Dwayne Carter",
    "Linh Trần",
    "Siobhán O'Shea",
    "Abel Teixeira",
    "Grace Kim",
    "Noor Haddad",
    "Pat Doyle",
)
ROLES = ("Chair", "Treasurer", "Clerk", "Director", "Director", "Director")


@dataclass(frozen=True)
class Body:
    """Whose papers they are."""

    name: str
    other_name: str
    ein: str
    street: str
    place: str = "Boston, MA 02119"


def w9(body: Body, rng: Random, signed: date | None, ssn: str = "") -> list[Sheet]:
    """The form with the boxes for digits, as people fill it in."""
    sheet = Sheet()
    sheet.text(40, 40, "Form", 7)
    sheet.text(60, 44, "W-9", 20, "bold")
    sheet.text(40, 56, "(Rev. March 2024)", 6)
    sheet.text(40, 66, "Department of the Treasury  Internal Revenue Service", 6)
    sheet.text(180, 40, "Request for Taxpayer", 14, "bold")
    sheet.text(160, 58, "Identification Number and Certification", 14, "bold")
    sheet.text(480, 44, "Give form to the requester. Do not send to the IRS.", 6)
    sheet.text(40, 86, "1  Name of entity/individual. An entry is required.", 6.5)
    sheet.text(50, 99, body.name, 10)
    sheet.text(40, 116, "2  Business name/disregarded entity name, if different from above.", 6.5)
    sheet.text(50, 129, body.other_name, 10)
    sheet.text(
        40,
        146,
        "3a  Check the appropriate box for federal tax classification of the "
        "entity/individual whose name is entered on line 1.",
        6.5,
    )
    sheet.text(50, 158, "X  Other (see instructions): Nonprofit corporation", 8)
    sheet.text(40, 176, "5  Address (number, street, and apt. or suite no.). See instructions.", 6.5)
    sheet.text(50, 188, body.street, 9)
    sheet.text(40, 204, "6  City, state, and ZIP code", 6.5)
    sheet.text(50, 216, body.place, 9)
    sheet.text(40, 240, "Part I", 9, "bold")
    sheet.text(90, 240, "Taxpayer Identification Number (TIN)", 9, "bold")
    sheet.text(420, 252, "Social security number", 7)
    sheet.text(420, 282, "Employer identification number", 7)
    digits = body.ein.replace("-", "")
    if ssn:
        sheet.text(425, 268, ssn, 10, "mono")
    elif rng.random() < 0.5:
        for place, digit in enumerate(f"{digits[:2]}-{digits[2:]}"):
            sheet.text(422 + 13 * place, 298, digit, 10, "mono")
    else:
        sheet.text(425, 298, f"{digits[:2]} - {digits[2:]}", 10)
    sheet.text(40, 330, "Part II", 9, "bold")
    sheet.text(90, 330, "Certification", 9, "bold")
    sheet.paragraph(
        40,
        344,
        "Under penalties of perjury, I certify that: 1. The number shown on this form is my "
        "correct taxpayer identification number; and 2. I am not subject to backup "
        "withholding.",
        7.5,
        wide=520,
    )
    sheet.text(40, 400, "Sign Here", 10, "bold")
    sheet.text(100, 394, "Signature of", 6)
    sheet.text(100, 402, "U.S. person", 6)
    sheet.text(170, 402, rng.choice(PEOPLE[1:2] + PEOPLE[4:]), 11, "serif")
    sheet.text(430, 402, "Date", 7)
    if signed is not None:
        sheet.text(460, 402, FORMATS[rng.randrange(3)](signed), 9)
    return [sheet]


def irs_letter(body: Body, rng: Random, made: date) -> list[Sheet]:
    """The letter that says that a body is exempt."""
    sheet = Sheet()
    sheet.text(60, 56, "INTERNAL REVENUE SERVICE", 9, "mono")
    sheet.text(60, 68, "P. O. BOX 2508", 9, "mono")
    sheet.text(60, 80, "CINCINNATI, OH 45201", 9, "mono")
    sheet.text(360, 56, "DEPARTMENT OF THE TREASURY", 9, "mono")
    sheet.text(
        60,
        110,
        f"Date: {made:%b} {made.day} {made.year}" if rng.random() < 0.3 else f"Date: {made:%B} {made.day}, {made.year}",
        9,
        "mono",
    )
    sheet.text(360, 110, "Employer Identification Number:", 9, "mono")
    sheet.text(380, 122, body.ein, 9, "mono")
    sheet.text(60, 140, body.name.upper() if rng.random() < 0.5 else body.name, 9, "mono")
    sheet.text(60, 152, body.street.upper(), 9, "mono")
    sheet.text(60, 164, "BOSTON, MA 02119", 9, "mono")
    sheet.text(60, 200, "Dear Applicant:", 9, "mono")
    sheet.paragraph(
        60,
        220,
        "We are pleased to inform you that upon review of your application for tax exempt "
        "status we have determined that you are exempt from Federal income tax under section "
        "501(c)(3) of the Internal Revenue Code. Contributions to you are deductible under "
        "section 170 of the Code.",
        9,
        "mono",
        480,
    )
    return [sheet]


def form_990(body: Body, rng: Random, year_end: date) -> list[Sheet]:
    """The first page of the return."""
    sheet = Sheet()
    calendar = year_end.month == 12
    year = year_end.year if calendar else year_end.year - 1
    sheet.text(40, 44, "Form 990", 18, "bold")
    sheet.text(150, 42, "Return of Organization Exempt From Income Tax", 13, "bold")
    sheet.text(
        150, 56, "Under section 501(c), 527, or 4947(a)(1) of the Internal Revenue Code (except private foundations)", 7
    )
    sheet.text(540, 34, "OMB No. 1545-0047", 6)
    sheet.text(545, 54, str(year), 16, "bold")
    begin = date(year, year_end.month % 12 + 1, 1)
    period = (
        f"and ending {year_end:%B} {year_end.day}, {year_end.year}"
        if not calendar
        else f"and ending December 31, {year}"
    )
    opening = "" if calendar else f"{begin:%B} {begin.day}, {begin.year},"
    if calendar and rng.random() < 0.5:
        period = ", and ending                 , 20"
    sheet.text(
        40,
        76,
        f"A  For the {year} calendar year, or tax year beginning {opening} {period}",
        8,
    )
    sheet.text(40, 94, "C  Name of organization", 7)
    sheet.text(150, 94, body.name, 9)
    sheet.text(40, 108, "Doing business as", 7)
    sheet.text(150, 108, body.other_name, 9)
    sheet.text(400, 94, "D  Employer identification number", 7)
    sheet.text(420, 106, body.ein, 9)
    sheet.text(40, 126, body.street, 9)
    for row, (label, amount) in enumerate(
        (("8  Contributions and grants", 412_300), ("12  Total revenue", 498_120), ("18  Total expenses", 470_001))
    ):
        sheet.text(60, 160 + 14 * row, label, 8)
        sheet.text(560, 160 + 14 * row, f"{amount:,}", 8, right=True)
    return [sheet]


def standing(body: Body, rng: Random, made: date) -> list[Sheet]:
    """The state's certificate that taxes are in order."""
    sheet = Sheet()
    sheet.text(60, 60, "Commonwealth of Massachusetts", 12, "heavy")
    sheet.text(60, 76, "Department of Revenue", 11, "heavy")
    sheet.text(380, 60, f"Letter ID: L{rng.randrange(10**9, 10**10)}", 8)
    sheet.text(380, 72, f"Notice Date: {made:%B} {made.day}, {made.year}", 8)
    sheet.text(60, 130, body.name.upper(), 9)
    sheet.text(60, 142, body.street.upper(), 9)
    sheet.text(60, 190, "CERTIFICATE OF GOOD STANDING AND/OR TAX COMPLIANCE", 12, "bold")
    sheet.paragraph(
        60,
        215,
        f"The Commissioner of Revenue certifies, as of the above date, that {body.name} is in "
        "compliance with its tax obligations under Chapter 62C of the Massachusetts General "
        "Laws.",
        9,
    )
    return [sheet]


def attestation(body: Body, rng: Random, made: date, signed: date | None) -> list[Sheet]:
    """A list of cleared people, without what any check found."""
    sheet = Sheet()
    sheet.text(60, 60, body.name, 14, "bold")
    sheet.text(60, 84, "Statement of completed background checks", 12, "bold")
    sheet.text(60, 100, f"As of {made:%B} {made.day}, {made.year}", 9)
    for x, head in ((60, "Name"), (200, "Role"), (320, "Checked by"), (420, "Month"), (490, "Next due")):
        sheet.text(x, 130, head, 9, "bold")
    for row, name in enumerate(rng.sample(PEOPLE, 4)):
        for x, value in (
            (60, name),
            (200, "Coach"),
            (320, "HR office"),
            (420, f"{rng.randrange(1, 13)}/{made.year}"),
            (490, str(made.year + 3)),
        ):
            sheet.text(x, 146 + 15 * row, value, 9)
    sheet.text(60, 380, "I state that each person above was checked before working with students.", 9)
    sheet.text(60, 470, "Signature: Grace Kim, Executive Director", 9)
    sheet.text(380, 470, f"Date: {FORMATS[rng.randrange(5)](signed)}" if signed else "Date:", 9)
    return [sheet]


def roster_rows(rng: Random, year: int, terms: bool) -> list[list[str]]:
    head = ["Name", "Role", "Employer", *(["Term"] if terms else [])]
    rows = [
        [name, role, rng.choice(("Retired", "City Bank", "Self-employed"))]
        for name, role in zip(rng.sample(PEOPLE, 6), ROLES, strict=True)
    ]
    style = rng.randrange(3)
    for row in rows:
        first = year - rng.randrange(0, 3)
        if terms:
            row.append(
                (f"{first} - {first + 3}", f"{first}\u2013{first + 3}", f"Sept {first} to Aug {first + 3}")[style]
            )
    return [head, *rows]


def roster(body: Body, rng: Random, made: date, *, terms: bool = True) -> tuple[bytes, str]:
    """A board roster as Word document, sheet or PDF, and its kind."""
    rows = roster_rows(rng, made.year, terms)
    day = f"{made:%B} {made.day}, {made.year}"
    kind = rng.choice(("docx", "xlsx", "pdf"))
    if kind == "docx":
        return docx([body.name, f"Board of directors, {day}", rows]), kind
    if kind == "xlsx":
        return xlsx([[f"{body.name} - Board of Directors"], ["As of", made], [], *rows], "Board"), kind
    sheet = Sheet()
    sheet.text(60, 60, f"{body.name}", 14, "bold")
    sheet.text(60, 80, f"Board roster as of {day}", 11)
    for number, row in enumerate(rows):
        for x, value in zip((60, 200, 300, 420), row, strict=False):
            sheet.text(x, 110 + 16 * number, value, 9, "bold" if number == 0 else "sans")
    return pdf([sheet]), kind


def budget(body: Body, rng: Random, year: int, *, off: int = 0) -> tuple[bytes, str]:
    """A program budget with income and costs; ``off`` dollars are added to one total."""
    income = [
        (name, rng.randrange(20, 900) * 100)
        for name in ("Foundation grants", "School contributions", "Individual gifts", "Program fees")
    ]
    costs = [
        (name, rng.randrange(15, 500) * 100 + rng.choice((0, 0, 50)))
        for name in (
            "Staff wages",
            "Payroll taxes and benefits",
            "Materials and supplies",
            "Transportation",
            "Rent and utilities",
        )
    ]
    title = rng.choice(
        (
            f"Program budget FY{year}",
            f"Program budget, fiscal year {year - 1}-{year % 100:02d}",
            f"FY{year % 100} program budget",
        )
    )
    in_total, out_total = sum(amount for _n, amount in income), sum(amount for _n, amount in costs) + off
    kind = rng.choice(("xlsx", "docx", "pdf"))
    rows: list[tuple[str, int | None]] = [
        ("Income", None),
        *income,
        ("Total income", in_total),
        ("Expenses", None),
        *costs,
        ("Total expenses", out_total),
    ]
    if rng.random() < 0.5:
        rows.append(("Net", in_total - out_total))
    if kind == "xlsx":
        shown = [[label, "" if amount is None else amount] for label, amount in rows]
        if rng.random() < 0.4:
            shown = [
                [label, *(("", "", "") if amount is None else (amount, amount // 2, amount - amount // 2))]
                for label, amount in rows
            ]
            return xlsx([[body.name], [title], ["", "Total", "Grants", "District"], *shown], "Budget"), kind
        return xlsx([[body.name], [title], [], *shown], "Budget"), kind
    texts = [
        [label, "" if amount is None else (f"${amount:,}" if amount >= 0 else f"(${-amount:,})")]
        for label, amount in rows
    ]
    if kind == "docx":
        return docx([body.name, title, texts]), kind
    sheet = Sheet()
    font = rng.choice(("sans", "serif"))
    sheet.text(60, 60, body.name, 13, "bold")
    sheet.text(60, 78, title, 11, font)
    for number, (label, amount) in enumerate(texts):
        sheet.text(60 if label in {"Income", "Expenses"} or "Total" in label else 76, 110 + 15 * number, label, 9, font)
        sheet.text(420, 110 + 15 * number, amount, 9, font, right=True)
    return pdf([sheet]), kind


def quote(body: Body, rng: Random, made: date) -> list[Sheet]:
    """A bill from an agency, which people send in place of a certificate."""
    sheet = Sheet()
    sheet.text(60, 60, rng.choice(PRODUCERS), 14, "bold")
    sheet.text(420, 60, "INVOICE", 18, "bold")
    sheet.text(420, 84, f"Invoice date {made:%m/%d/%Y}", 9)
    sheet.text(60, 110, f"Bill to: {body.name}", 9)
    sheet.text(60, 150, f"Commercial general liability renewal, {rng.choice(INSURERS)}", 9)
    sheet.text(520, 150, "$1,240.00", 9, right=True)
    sheet.text(60, 180, "Amount due", 10, "bold")
    sheet.text(520, 180, "$1,240.00", 10, "bold", right=True)
    return [sheet]
