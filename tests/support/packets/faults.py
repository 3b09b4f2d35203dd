"""What can be wrong with a packet: how it comes about, on which document, and which findings tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from tests.support.packets import papers
from tests.support.packets.insurance import OTHER_HOLDERS, PART_WORDINGS, letter, own_table, usual_form
from tests.support.packets.packet import STRANGERS, Making, Packet, Paper, photographed
from tests.support.packets.paper import Scanner, pdf

COI, ENDORSEMENT, WORKERS = "coi_general_liability", "additional_insured_endorsement", "coi_workers_comp"


@dataclass(frozen=True)
class Fault:
    """``expects``: any of these findings on the document of type ``on``; ``refused`` where the upload says no."""

    on: str
    expects: frozenset[str]
    spoil: Callable[[Making], None]
    after: Callable[[Packet, Making], None] | None = None


def _policy(**changes: object) -> Callable[[Making], None]:
    def spoil(making: Making) -> None:
        making.policy = replace(making.policy, **changes)  # type: ignore[arg-type]

    return spoil


def _set(**changes: object) -> Callable[[Making], None]:
    def spoil(making: Making) -> None:
        for name, value in changes.items():
            setattr(making, name, value)

    return spoil


def _typed(key: str, **values: object) -> Callable[[Making], None]:
    def spoil(making: Making) -> None:
        making.typed[key] = dict(values)

    return spoil


def _out(making: Making) -> None:
    """A certificate of a policy that is over, with the days typed as they are printed."""
    first = making.today - timedelta(days=370 + making.rng.randrange(90))
    others = making.rng.choice((None, making.today + timedelta(days=200)))
    making.policy = replace(
        making.policy, first=first, last=first + timedelta(days=365), made=first, others_last=others
    )
    making.program = (first, first + timedelta(days=300))


def _renewed_on_paper_only(making: Making) -> None:
    """Next year's last day typed, last year's paper sent."""
    last = making.policy.last
    making.typed[COI] = {"valid_until": last + timedelta(days=365)}


def _other_first(making: Making) -> None:
    making.typed[COI] = {"valid_from": making.policy.first - timedelta(days=making.rng.randrange(20, 90))}


def _other_number(making: Making) -> None:
    """Another number, or the right one with two figures the wrong way round."""
    number = making.policy.number
    for place in range(len(number) - 2, 0, -1):
        one, two = number[place], number[place + 1]
        if one.isdecimal() and two.isdecimal() and one != two and making.rng.random() < 0.7:
            making.typed[COI] = {"policy_number": number[:place] + two + one + number[place + 2 :]}
            return
    making.typed[COI] = {"policy_number": f"GL-{making.rng.randrange(10**6, 10**7)}"}


def _other_policy_endorsed(making: Making) -> None:
    making.endorsement = replace(making.policy, number=f"XS-{making.rng.randrange(10**6, 10**7)}")


def _stranger(making: Making) -> str:
    return making.rng.choice(STRANGERS)


def _other_insured(making: Making) -> None:
    making.policy = replace(making.policy, insured=_stranger(making), address="9 Main St; Quincy, MA 02169")


def _body(field: str) -> Callable[[Making], None]:
    def spoil(making: Making) -> None:
        other = replace(making.body, name=_stranger(making), other_name="")
        making.typed.setdefault(field, {})
        setattr(making, {"w9": "w9", "irs_determination": "irs"}[field], other)

    return spoil


def _moved(making: Making) -> None:
    making.typed.setdefault("w9", {})
    making.scanned.pop("w9", None)
    making.w9 = replace(making.body, street="9 Main St", place="Quincy, MA 02169")


def _other_ein(making: Making) -> None:
    making.typed.setdefault("w9", {})
    ein = making.body.ein
    near = f"{ein[:-1]}{(int(ein[-1]) + 1) % 10}"
    making.w9 = replace(making.body, ein=making.rng.choice((near, f"04-{making.rng.randrange(10**6, 10**7)}")))


def _ssn(making: Making) -> None:
    making.typed.setdefault("w9", {})
    # From the numbers that are never given out.
    making.ssn = f"9{making.rng.randrange(10, 99)}-{making.rng.randrange(10, 69)}-{making.rng.randrange(1000, 9999)}"


def _unsigned(making: Making) -> None:
    making.w9_signed = None
    making.typed["w9"] = {"issued_on": making.today - timedelta(days=4)}


def _unsigned_list(making: Making) -> None:
    making.attested = None
    making.typed.setdefault("clearance_attestation", {})


def _old_return(making: Making) -> None:
    end = making.year_end or making.today
    making.tax_year_end = date(end.year - making.rng.choice((1, 2)), end.month, end.day)
    making.typed.setdefault("form_990", {})


def _old_standing(making: Making) -> None:
    making.standing_made = making.today - timedelta(days=making.rng.randrange(200, 500))
    making.typed["dor_good_standing"] = {"issued_on": making.today - timedelta(days=20)}


def _instead(key: str, make: Callable[[Making], Paper]) -> Callable[[Making], None]:
    def spoil(making: Making) -> None:
        making.instead[key] = make(making)

    return spoil


def _scanned(key: str, how: Callable[[Random], Scanner]) -> Callable[[Making], None]:
    def spoil(making: Making) -> None:
        making.scanned[key] = how(making.rng)

    return spoil


def _turned(making: Making) -> None:
    turn = making.rng.choice((90, 180, 270))

    def layout(policy: object, rng: Random) -> object:
        sheets = making_layout(policy, rng)
        for sheet in sheets:
            sheet.turned = turn
        return sheets

    making_layout = making.layout
    making.scanned.pop(COI, None)
    making.layout = layout


def _short(making: Making) -> None:
    making.program = (making.policy.first, making.policy.last + timedelta(days=making.rng.randrange(20, 90)))


def _late(making: Making) -> None:
    """The program begins before the policy does, both still to come."""
    first = making.today + timedelta(days=making.rng.randrange(40, 90))
    making.policy = replace(making.policy, first=first, last=first + timedelta(days=365), made=making.today)
    making.program = (making.today + timedelta(days=making.rng.randrange(5, 30)), first + timedelta(days=300))


def _twice(packet: Packet, making: Making) -> None:
    packet.paper("budget").content = packet.paper("board_roster").content
    packet.paper("budget").kind = packet.paper("board_roster").kind


def _cut(packet: Packet, making: Making) -> None:
    paper = packet.paper(COI)
    paper.content = paper.content[: len(paper.content) * 2 // 5]


def _locked(packet: Packet, making: Making) -> None:
    packet.paper(COI).content = pdf(making.layout(making.policy, making.rng), password="open sesame")


def _nothing(making: Making) -> None:
    """What is wrong happens after writing."""


FAULTS: Mapping[str, Fault] = {
    # Dates
    "certificate ran out": Fault(COI, frozenset({"ran_out"}), _out),
    "last day typed from another year": Fault(COI, frozenset({"other_last_day", "ran_out"}), _renewed_on_paper_only),
    "first day typed differently": Fault(COI, frozenset({"other_first_day"}), _other_first),
    "policy ends before the program": Fault(COI, frozenset({"ends_before_program"}), _short),
    "policy begins after the program": Fault(COI, frozenset({"begins_after_program"}), _late),
    "good standing too old": Fault("dor_good_standing", frozenset({"too_old"}), _old_standing),
    "tax return of an older year": Fault("form_990", frozenset({"other_fiscal_year"}), _old_return),
    "budget of another year": Fault(
        "budget",
        frozenset({"other_fiscal_year"}),
        lambda m: m.typed.update({"budget": {"fiscal_year_end": date(m.budget_year - 2, 6, 30)}}),
    ),
    # Insurance
    "limit too low": Fault(COI, frozenset({"limit_low"}), _policy(occurrence=500_000)),
    "limit typed differently": Fault(
        COI, frozenset({"limit_differs"}), lambda m: m.typed.update({COI: {"amount_cents": m.policy.occurrence * 300}})
    ),
    "district not additional insured": Fault(
        COI, frozenset({"not_additional_insured"}), _policy(wording="Evidence of cover for after-school programs.")
    ),
    "words for additional insured cut short": Fault(
        COI, frozenset({"wording_differs"}), lambda m: _policy(wording=m.rng.choice(PART_WORDINGS))(m)
    ),
    "endorsement for somebody else": Fault(
        ENDORSEMENT,
        frozenset({"not_additional_insured"}),
        _set(endorsed="Lakeside Community Center, 14 Dock Street, Quincy, is included as additional insured."),
    ),
    "endorsement to another policy": Fault(ENDORSEMENT, frozenset({"policy_mismatch"}), _other_policy_endorsed),
    "holder is somebody else": Fault(
        COI, frozenset({"holder_differs"}), lambda m: _policy(holder=m.rng.choice(OTHER_HOLDERS))(m)
    ),
    "policy number typed wrong": Fault(
        COI, frozenset({"policy_number_differs", "policy_number_missing"}), _other_number
    ),
    "another body insured": Fault(COI, frozenset({"name_other", "name_missing"}), _other_insured),
    "workers' compensation not listed": Fault(
        WORKERS, frozenset({"cover_missing"}), lambda m: (_policy(workers=False)(m), m.typed.update({WORKERS: {}}))[0]
    ),
    # Papers
    "tax form for a certificate": Fault(
        COI,
        frozenset({"another_kind"}),
        _instead(COI, lambda m: Paper("", "pdf", pdf(papers.w9(m.body, m.rng, m.today)))),
    ),
    "bill for a certificate": Fault(
        COI,
        frozenset({"another_kind"}),
        _instead(COI, lambda m: Paper("", "pdf", pdf(papers.quote(m.body, m.rng, m.today)))),
    ),
    "certificate for an endorsement": Fault(
        ENDORSEMENT,
        frozenset({"another_kind"}),
        _instead(
            ENDORSEMENT, lambda m: Paper("", "pdf", pdf(m.rng.choice((usual_form, own_table, letter))(m.policy, m.rng)))
        ),
    ),
    "tax id of somebody else": Fault("w9", frozenset({"tax_id_differs"}), _other_ein),
    # Numbers like those of taxpayers are turned away when they arrive; of the others, which nobody has, one is told.
    "Social Security number": Fault("w9", frozenset({"personal_number", "refused"}), _ssn),
    "tax form of somebody else": Fault("w9", frozenset({"name_other", "name_missing"}), _body("w9")),
    "IRS letter of somebody else": Fault(
        "irs_determination", frozenset({"name_other", "name_missing"}), _body("irs_determination")
    ),
    "tax form without a date": Fault("w9", frozenset({"signature_date_missing"}), _unsigned),
    "statement without a date": Fault("clearance_attestation", frozenset({"signature_date_missing"}), _unsigned_list),
    "board list without terms": Fault("board_roster", frozenset({"no_terms"}), _set(terms=False)),
    "budget does not add up": Fault(
        "budget",
        frozenset({"total_differs"}),
        lambda m: setattr(m, "budget_off", m.rng.choice((-900, 90, 450, 1_000, 20_000))),
    ),
    "same file twice": Fault("budget", frozenset({"same_file_twice", "another_kind"}), _nothing, _twice),
    # Files
    "empty scan": Fault(COI, frozenset({"blank"}), _scanned(COI, lambda r: Scanner(dpi=150, words=False, blank=True))),
    "coarse scan": Fault(
        COI, frozenset({"coarse"}), _scanned(COI, lambda r: Scanner(dpi=r.choice((50, 60, 72)), words=False))
    ),
    "blurred scan": Fault(
        COI, frozenset({"blurred"}), _scanned(COI, lambda r: Scanner(dpi=150, words=False, blur=r.choice((2.5, 3.5))))
    ),
    "faint scan": Fault(COI, frozenset({"faint"}), _scanned(COI, lambda r: Scanner(dpi=150, words=False, faint=True))),
    "scan on its side": Fault(
        COI, frozenset({"turned"}), _scanned(COI, lambda r: Scanner(dpi=150, words=False, turn=r.choice((90, 270))))
    ),
    "pages upside down or on their side": Fault(COI, frozenset({"turned"}), _turned),
    "scan without words": Fault(COI, frozenset({"no_text"}), _scanned(COI, lambda r: Scanner(dpi=200, words=False))),
    "photo without words": Fault(
        COI,
        frozenset({"no_text"}),
        _instead(COI, lambda m: photographed(usual_form(m.policy, m.rng), Scanner(dpi=150))),
    ),
    "file cut short": Fault(COI, frozenset({"refused", "not_opened", "page_not_opened"}), _nothing, _cut),
    "file with a password": Fault(COI, frozenset({"refused", "not_opened"}), _nothing, _locked),
    "address of somebody else": Fault("w9", frozenset({"address_differs"}), _moved),
}
