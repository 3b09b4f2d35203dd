"""The people of the demonstration. Their names say what they do, their addresses end in ``.example``."""

from __future__ import annotations

from dataclasses import dataclass

from vetting.jobs.demo.plans import agreements, organization
from vetting.jobs.demo.scene import Scene
from vetting.models import Role

OFFICE = "district.example"

OWNER_TITLE, SIGNER_TITLE = "Program Director", "Executive Director"

COORDINATORS = (f"cora.coordinator@{OFFICE}", f"carlos.coordinator@{OFFICE}")
REVIEWERS = (
    f"rosa.reviewer@{OFFICE}",
    f"ravi.reviewer@{OFFICE}",
    f"ruth.reviewer@{OFFICE}",
    f"remy.reviewer@{OFFICE}",
)
DIRECTORS = (f"dora.director@{OFFICE}", f"diego.director@{OFFICE}")
SIGNATORY = f"simone.signatory@{OFFICE}"
FINANCE = f"farah.finance@{OFFICE}"
ADMIN = f"ada.admin@{OFFICE}"
NEWCOMER = "newcomer@fresh-start.example"

SHOWN_APPLICANT = "lemonade_law"
SHOWN_PARTNER = "upside_down_orchestra"
RISK_OFFICER = f"risa.risk@{OFFICE}"
SHOWN_SCHOOL = "00350227"


@dataclass(frozen=True)
class Member:
    """One account. ``sign_in`` are the words of its line among the sign-ins; empty leaves it out."""

    email: str
    name: str
    title: str
    role: Role | None = None
    sign_in: str = ""


def leader_email(dese_id: str) -> str:
    return f"leader.{dese_id}@schools.example"


def _organization_people() -> tuple[Member, ...]:
    applicant, partner = organization(SHOWN_APPLICANT), organization(SHOWN_PARTNER)
    return (
        Member(NEWCOMER, "Nova Newcomer", "Founder", None, "New applicant"),
        Member(applicant.owner_email, applicant.owner_name, OWNER_TITLE, None, "Applicant, asked for more"),
        Member(partner.owner_email, partner.owner_name, OWNER_TITLE, None, "Partner, owner"),
        Member(partner.signer_email, partner.signer_name, SIGNER_TITLE, None, "Partner, authorized signer"),
        Member(leader_email(SHOWN_SCHOOL), "Lena Leader", "Principal", None, "School leader"),
    )


# Whoever can be signed in as comes first and in the order of the list.
MEMBERS: tuple[Member, ...] = (
    *_organization_people(),
    Member(COORDINATORS[0], "Cora Coordinator", "Partnerships Coordinator", Role.COORDINATOR, "Coordinator"),
    Member(REVIEWERS[0], "Rosa Reviewer", "Program Reviewer", Role.REVIEWER, "Reviewer"),
    Member(REVIEWERS[1], "Ravi Reviewer", "Program Reviewer", Role.REVIEWER, "Second reviewer"),
    Member(DIRECTORS[0], "Dora Director", "Director of Partnerships", Role.DIRECTOR, "Director"),
    Member(DIRECTORS[1], "Diego Director", "Deputy Director of Partnerships", Role.DIRECTOR, "Second director"),
    Member(SIGNATORY, "Simone Signatory", "Chief of Partnerships", Role.DISTRICT_SIGNATORY, "District signatory"),
    Member(RISK_OFFICER, "Risa Risk", "Risk Manager", Role.RISK, "Risk and insurance"),
    Member(f"priya.privacy@{OFFICE}", "Priya Privacy", "Data Privacy Officer", Role.DATA_PRIVACY, "Data privacy"),
    Member(FINANCE, "Farah Finance", "Budget Analyst", Role.FINANCE, "Finance"),
    Member(f"reza.records@{OFFICE}", "Reza Records", "Records Officer", Role.RECORDS_OFFICER, "Records officer"),
    Member(ADMIN, "Ada Admin", "System Administrator", Role.SYSTEM_ADMIN, "System administrator"),
    Member(f"otto.auditor@{OFFICE}", "Otto Auditor", "Auditor", Role.AUDITOR, "Auditor"),
    Member(COORDINATORS[1], "Carlos Coordinator", "Partnerships Coordinator", Role.COORDINATOR),
    Member(REVIEWERS[2], "Ruth Reviewer", "Program Reviewer", Role.REVIEWER),
    Member(REVIEWERS[3], "Remy Reviewer", "Program Reviewer", Role.REVIEWER),
)

_FIRST_NAMES = ("Lars", "Lidia", "Luis", "Lotte", "Lamar", "Lucia", "Leon", "Layla", "Lev", "Lin")


def schools() -> list[str]:
    """State ids of the schools whose leaders have accounts."""
    return sorted({plan.school for plan in agreements()})


def enter(scene: Scene) -> None:
    """Make the accounts of the office and the schools, and give each its role."""
    made = scene.house.moment(430)
    for member in MEMBERS:
        user = scene.person(member.email, member.name, member.title, made, sign_in=member.sign_in)
        if member.role is not None:
            scene.grant(user, member.role, made)
    admin = scene.acting(ADMIN)
    for dese_id, first_name in zip(schools(), _FIRST_NAMES, strict=False):
        email = leader_email(dese_id)
        leader = scene.known(email) or scene.person(email, f"{first_name} Leader", "Principal", made)
        scene.grant(leader, Role.SCHOOL_LEADER, made, by=admin, school=scene.school(dese_id))
