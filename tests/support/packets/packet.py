"""One organization's documents as it would send them, with what it would type beside each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.support.packets import insurance, papers
from tests.support.packets.insurance import CERTIFICATES, ENDORSEMENTS, WORDING, Policy
from tests.support.packets.paper import Scanner, Sheet, pdf, photo, scan
from tests.support.packets.papers import Body

MEDIA = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

NAMES = (
    "Harbor Lights Youth Orchestra, Inc.",
    "Niñez Unida de East Boston",
    "The Mattapan Reading Circle",
    "Roxbury Robotics & Design Co.",
    "Açaí Community Kitchen LLC",
    "Sociedade Café com Leitura",
    "Dorchester Rowing for All, Incorporated",
    "O'Malley School of Irish Dance",
    "Jamaica Pond Nature Explorers",
    "St. Brendan's After-School Partnership",
    "826 Writers' Room of Boston",
    "Étoile Théâtre Jeunesse",
)
OTHER_NAMES = (
    "Harbor Lights",
    "Unidos",
    "",
    "R2D Lab",
    "",
    "Café Leitura",
    "Row4All",
    "",
    "Pond Explorers",
    "",
    "",
    "Étoile",
)
STRANGERS = (
    "Lakeside Fencing Academy",
    "Pioneer Valley Chess League",
    "Cape Ann Sailing Trust",
    "Merrimack Puppet Works",
)
STREETS = ("12 Warren St", "480 Blue Hill Ave", "77 Meridian Street", "5 Centre St, Suite 2")


@dataclass
class Paper:
    """A document and what is typed with it: facts by the names of the columns and details of a version."""

    type_key: str
    kind: str
    content: bytes
    typed: dict[str, Any] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        return MEDIA[self.kind]


@dataclass
class Packet:
    """``fault`` names what is wrong with it, ``expects`` the findings that tell, on the document of type ``on``."""

    seed: int
    body: Body
    names: tuple[str, ...]
    papers: list[Paper]
    program: tuple[date, date]
    fault: str = ""
    on: str = ""
    expects: frozenset[str] = frozenset()

    def paper(self, type_key: str) -> Paper:
        return next(paper for paper in self.papers if paper.type_key == type_key)


@dataclass
class Making:
    """What a packet is made from; a fault changes it before anything is written."""

    rng: Random
    today: date
    body: Body
    names: tuple[str, ...]
    policy: Policy
    typed: dict[str, dict[str, Any]]
    certificate_name: str = ""
    endorsed: str = WORDING
    endorsement: Policy | None = None
    w9: Body | None = None
    ssn: str = ""
    w9_signed: date | None = None
    irs: Body | None = None
    year_end: date | None = None
    tax_year_end: date | None = None
    budget_year: int = 0
    budget_off: int = 0
    terms: bool = True
    standing_made: date | None = None
    attested: date | None = None
    layout: Any = None
    scanned: dict[str, Scanner] = field(default_factory=dict)
    instead: dict[str, Paper] = field(default_factory=dict)
    program: tuple[date, date] | None = None


def _number(rng: Random) -> str:
    """A policy number the way one insurer or another writes them."""
    return rng.choice(
        (
            f"GL-{rng.randrange(10**6, 10**7)}",
            f"CPP{rng.randrange(10**7, 10**8)}",
            f"{rng.randrange(10**4, 10**5)}-B{rng.randrange(10**4, 10**5)}",
            f"BOP {rng.randrange(10**6, 10**7)} 02",
        )
    )


def begun(seed: int, today: date) -> Making:
    """A packet without a fault, not written yet."""
    rng = Random(f"packet {seed}")
    number = rng.randrange(len(NAMES))
    name = NAMES[number]
    other = OTHER_NAMES[number]
    body = Body(
        name, other, f"{rng.choice(('04', '22', '27', '46', '83'))}-{rng.randrange(10**6, 10**7)}", rng.choice(STREETS)
    )
    first = today - timedelta(days=rng.randrange(20, 200))
    first = rng.choice((first, first.replace(day=1)))
    last = first.replace(year=first.year + 1) if (first.month, first.day) != (2, 29) else first + timedelta(days=365)
    made = max(first, today - timedelta(days=rng.randrange(1, 20)))
    policy = Policy(
        insured=rng.choice((name, name, name.upper(), other or name)),
        address=f"{body.street}; Boston, MA 02119",
        number=_number(rng),
        first=first, last=last, made=made,
        occurrence=rng.choice((1_000_000, 1_000_000, 2_000_000)),
        workers=True, auto=rng.random() < 0.4,
    )  # fmt: skip
    calendar = rng.random() < 0.6
    year_end = (
        date(today.year - 1, 12, 31) if calendar else date(today.year if today.month > 7 else today.year - 1, 6, 30)
    )
    making = Making(
        rng=rng, today=today, body=body, names=tuple(filter(None, (name, other))), policy=policy, typed={},
        w9_signed=today - timedelta(days=rng.randrange(1, 200)),
        year_end=year_end, budget_year=today.year if today.month < 7 else today.year + 1,
        standing_made=today - timedelta(days=rng.randrange(2, 120)),
        attested=today - timedelta(days=rng.randrange(2, 100)),
        layout=rng.choice(CERTIFICATES),
        program=(max(first, today - timedelta(days=10)), last - timedelta(days=rng.randrange(0, 15))),
    )  # fmt: skip
    if rng.random() < 0.25:
        making.scanned["coi_general_liability"] = Scanner(
            dpi=rng.choice((150, 200, 300)), skew=rng.choice((0, 0, 0.3)), slips=rng.choice((0, 3, 8))
        )
    if rng.random() < 0.15:
        making.scanned["w9"] = Scanner(dpi=200, slips=rng.choice((0, 4)))
    return making


def clean(seed: int, today: date) -> Packet:
    """A packet that nothing is wrong with."""
    return written(begun(seed, today), seed)


def faulty(seed: int, fault: str, today: date) -> Packet:
    """A packet with one fault of ``FAULTS``."""
    from tests.support.packets.faults import FAULTS

    making = begun(seed, today)
    row = FAULTS[fault]
    row.spoil(making)
    packet = written(making, seed)
    if row.after is not None:
        row.after(packet, making)
    packet.fault, packet.on, packet.expects = fault, row.on, row.expects
    return packet


def written(making: Making, seed: int) -> Packet:
    """The documents themselves: four to six of them."""
    m, rng, body, policy = making, making.rng, making.body, making.policy
    endorsed_policy = m.endorsement or policy
    year_end = m.year_end or m.today
    roster_content, roster_kind = papers.roster(
        body, rng, m.today - timedelta(days=rng.randrange(5, 90)), terms=m.terms
    )
    budget_content, budget_kind = papers.budget(body, rng, m.budget_year, off=m.budget_off)
    wording = (
        m.endorsed
        if rng.random() < 0.5 or m.endorsed != WORDING
        else f"{WORDING} Coverage is primary and noncontributory."
    )
    irs_made = date(rng.randrange(1998, 2020), rng.randrange(1, 13), rng.randrange(1, 28))
    standing_made = m.standing_made or m.today
    attested_made = m.attested or (m.today - timedelta(days=9))
    drawn: dict[str, list[Sheet]] = {
        "coi_general_liability": m.layout(policy, rng),
        "additional_insured_endorsement": rng.choice(ENDORSEMENTS)(endorsed_policy, rng, wording),
        "w9": papers.w9(m.w9 or body, rng, m.w9_signed, m.ssn),
        "irs_determination": papers.irs_letter(m.irs or body, rng, irs_made),
        "form_990": papers.form_990(body, rng, m.tax_year_end or year_end),
        "dor_good_standing": papers.standing(body, rng, standing_made),
        "clearance_attestation": papers.attestation(body, rng, attested_made, m.attested),
    }
    cover = {"issuer": "The insurer", "valid_from": policy.first, "valid_until": policy.last}
    budget_end = date(m.budget_year, 6, 30)
    typed: dict[str, dict[str, Any]] = {
        "coi_general_liability": {**cover, "policy_number": policy.number, "amount_cents": policy.occurrence * 100},
        "additional_insured_endorsement": {"policy_number": endorsed_policy.number, "valid_until": policy.last},
        "coi_workers_comp": {
            **cover,
            "policy_number": f"WC{policy.number[-6:]}",
            "amount_cents": policy.employers * 100,
        },
        "w9": {"issued_on": m.w9_signed or m.today},
        "irs_determination": {"issued_on": irs_made},
        "form_990": {"fiscal_year_end": year_end},
        "dor_good_standing": {"issued_on": standing_made},
        "clearance_attestation": {"issued_on": attested_made},
        "board_roster": {},
        "budget": {"fiscal_year_end": budget_end},
    }
    chosen = [
        "coi_general_liability",
        "additional_insured_endorsement",
        *rng.sample(("w9", "irs_determination", "form_990", "dor_good_standing", "clearance_attestation"), 2),
    ]
    needed = [key for key in (*m.typed, *m.scanned, *m.instead) if key not in chosen and key in drawn]
    made: list[Paper] = []
    for key in dict.fromkeys([*chosen, *needed]):
        how = m.scanned.get(key)
        content = scan(drawn[key], how) if how else pdf(drawn[key])
        made.append(Paper(key, "pdf", content, typed[key]))
    made.append(Paper("board_roster", roster_kind, roster_content))
    made.append(Paper("budget", budget_kind, budget_content, typed["budget"]))
    if "coi_workers_comp" in m.typed or (policy.workers and rng.random() < 0.3):
        made.append(Paper("coi_workers_comp", "pdf", pdf(insurance.usual_form(policy, rng)), typed["coi_workers_comp"]))
    for paper in made:
        paper.typed = {**paper.typed, **m.typed.get(paper.type_key, {})}
        if paper.type_key in m.instead:
            other = m.instead[paper.type_key]
            paper.kind, paper.content = other.kind, other.content
    program = m.program or (policy.first, policy.last)
    return Packet(seed, body, m.names, made, program)


def photographed(sheets: list[Sheet], how: Scanner, kind: str = "jpeg") -> Paper:
    """A picture in place of a document."""
    return Paper("", kind, photo(sheets, how, kind.upper()))
