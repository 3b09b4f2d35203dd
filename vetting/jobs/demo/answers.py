"""What the made-up organizations answer, for every question that their forms ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from vetting.jobs.demo.plans import OrganizationPlan, ProgramPlan, choose, dealt, fill, texts
from vetting.questionnaires.form import Kind, Question, Section
from vetting.sealing import Sealer

Values = dict[str, Any]

# The exchange 555 with a number from 0100 to 0199 is kept free for stories.
PHONE = "617-555-0{number}"

_STREETS = ("Storybook Lane", "Make-Believe Way", "Once-Upon Street", "Pretend Place", "Fable Court")


def phone(seed: str) -> str:
    return PHONE.format(number=100 + dealt(seed, 100))


def of_organization(plan: OrganizationPlan, sealer: Sealer) -> Values:
    """Everything about the organization itself."""
    nobody = plan.key in {"umbrella_astronomy", "paper_boat_poets"}
    return {
        "legal_name": plan.name,
        "organization_kind": plan.kind,
        "nonprofit_status": plan.status,
        "fiscal_sponsor_name": "The Borrowed Umbrella Fund (made up)",
        # No tax id begins with 00, so this one belongs to nobody.
        "ein": sealer.seal(f"00-{dealt(plan.key, 9_000_000) + 1_000_000}"),
        "year_founded": 1985 + dealt(plan.key, 36),
        "annual_budget": plan.budget,
        "website": f"https://www.{plan.host}/",
        "organization_phone": phone(plan.key),
        "organization_email": f"hello@{plan.host}",
        "street": f"{dealt(plan.key, 90) + 1} {choose(plan.key, _STREETS)}",
        "city": "Exampleville",
        "state": "MA",
        "zip": "00000",
        "neighborhoods_served": list(plan.neighborhoods),
        "contact_name": plan.owner_name,
        "contact_title": "Program Director",
        "contact_email": plan.owner_email,
        "contact_phone": phone(f"{plan.key}:contact"),
        "signer_name": plan.signer_name,
        "signer_title": "Executive Director",
        "signer_email": plan.signer_email,
        "emergency_name": plan.owner_name,
        "emergency_phone": phone(f"{plan.key}:emergency"),
        "mission": plan.mission,
        "beneficiaries": ["students", "families"],
        "years_in_boston": 2 + dealt(plan.key, 25),
        "has_employees": "no" if nobody else "yes",
        "staff_count": 4 + dealt(plan.key, 40),
        "volunteer_count": 3 + dealt(f"{plan.key}:volunteers", 60),
        "languages_spoken": list(plan.languages),
    }


def of_program(plan: OrganizationPlan, program: ProgramPlan) -> Values:
    """Everything about one program."""
    facts = program.facts
    written = {key: fill(text, plan, program) for key, text in texts()["program"].items()}
    return {
        **written,
        "program_name": program.name,
        "short_description": program.line,
        "service_category": program.service,
        "delivery_mode": "in_person",
        "location_kind": facts.get("location", "school"),
        "grades": list(facts["grades"]),
        "target_groups": list(facts.get("groups", ["all_students"])),
        "max_students": facts["students"],
        "season": facts.get("season", "school_year"),
        "days_of_week": list(facts["days"]),
        "times_of_day": list(facts["times"]),
        "hours_total": facts["hours"],
        "languages_offered": list(facts["languages"]),
        "cost_to_families": facts.get("cost", "free"),
        "cost_to_school": "yes" if dealt(program.key, 3) else "no",
        "transports_students": facts.get("transports", "no"),
        "lead_name": f"{choose(program.key, ('Avery', 'Blair', 'Casey', 'Devon', 'Ellis'))} Sample",
        "students_per_adult": 8 + dealt(program.key, 5),
        "unsupervised_contact": facts.get("unsupervised", "no"),
        "licensed_child_care": facts.get("licensed", "no"),
        "student_data_needed": facts.get("data", "no"),
        "legal_basis": "parent_consent",
    }


def of_round(plan: OrganizationPlan, program: ProgramPlan) -> Values:
    """A Portfolio application."""
    facts = program.facts
    written = {key: fill(text, plan, program) for key, text in texts()["application"].items()}
    cost = 60_000_00 + dealt(program.key, 90) * 1_000_00
    return {
        **written,
        "portfolio_category": program.service,
        "years_operating": 3 + dealt(program.key, 9),
        "where_operating": ["district", "city"],
        "offers_academics": "yes" if program.category in {"academic_support", "stem", "summer_learning"} else "no",
        "days_per_year": 30 + dealt(program.key, 90),
        "hours_per_day": 2,
        "students_planned": facts["students"] * 2,
        "sites_planned": 2 + dealt(program.key, 4),
        "family_languages": list(facts["languages"]),
        "largest_group": 10 + dealt(program.key, 5),
        "reference_1_name": "Pretend Public School, the made-up principal",
        "reference_1_email": "principal@pretend-school.example",
        "program_cost": cost,
        "district_share": cost * (30 + dealt(program.key, 25)) // 100,
    }


def to_section(section: Section, known: Mapping[str, Any], day: date) -> Values:
    """An answer to each question of a section that has one to give; what must be answered always has one."""
    given = {question.key: known.get(question.key) or _plain(question, day) for question in section.questions}
    return {key: value for key, value in given.items() if value is not None}


def _plain(question: Question, day: date) -> Any:
    """An answer that fits a question nobody has written one for; None for one that may stay open."""
    return _PLAIN[question.kind](question, day) if question.required else None


_PLAIN: Mapping[Kind, Callable[[Question, date], Any]] = {
    Kind.TEXT: lambda question, day: "Made up for demonstration",
    Kind.LONGTEXT: lambda question, day: "Made up for demonstration.",
    Kind.CHOICE: lambda question, day: question.choices[0].key,
    Kind.CHOICES: lambda question, day: [question.choices[0].key],
    Kind.NUMBER: lambda question, day: max(question.minimum or 0, 1),
    Kind.MONEY: lambda question, day: max(question.minimum or 0, 100_00),
    Kind.YEAR: lambda question, day: day.year,
    Kind.DATE: lambda question, day: day.isoformat(),
    Kind.YESNO: lambda question, day: "no",
    Kind.ACKNOWLEDGE: lambda question, day: "yes",
    Kind.EMAIL: lambda question, day: "someone@made-up.example",
    Kind.PHONE: lambda question, day: phone(question.key),
    Kind.URL: lambda question, day: "https://made-up.example/",
    Kind.EIN: lambda question, day: None,
}
