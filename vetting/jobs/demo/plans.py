"""The demonstration's own data: who there is, what they write and how far each has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any, TypeVar

import yaml

from vetting.data.vocabulary import category_of
from vetting.refs import ALPHABET

T = TypeVar("T")


@dataclass(frozen=True)
class ProgramPlan:
    """One program with the answers that set it apart."""

    key: str
    name: str
    line: str
    service: str
    facts: Mapping[str, Any]

    @property
    def category(self) -> str:
        return category_of(self.service)


@dataclass(frozen=True)
class OrganizationPlan:
    """One organization. ``age`` is how many days ago the last step of its registration was taken."""

    key: str
    name: str
    kind: str
    status: str
    budget: str
    mission: str
    owner: str
    neighborhoods: tuple[str, ...]
    languages: tuple[str, ...]
    programs: tuple[ProgramPlan, ...]
    registration: str
    age: int
    past: str
    open: str
    open_program: int
    ratings: str

    @property
    def host(self) -> str:
        """Its made-up internet name; ``.example`` is kept free for examples by the internet's rules."""
        return f"{self.key.replace('_', '-')}.example"

    @property
    def owner_email(self) -> str:
        return f"{self.owner.lower()}@{self.host}"

    @property
    def owner_name(self) -> str:
        return f"{self.owner} Example"

    @property
    def signer_name(self) -> str:
        return f"{self.owner} Signer"

    @property
    def signer_email(self) -> str:
        return f"signer@{self.host}"


@dataclass(frozen=True)
class AgreementPlan:
    """One partnership and how far its agreement has come. Days are counted from today, amounts in cents.

    ``changes`` names the agreement that this one replaces once it is in force itself.
    """

    key: str
    organization: str
    school: str
    state: str
    age: int
    starts: int
    ends: int
    program: int = 0
    signed: int = 0
    amount: int = 0
    source: str = "none"
    renews: bool = False
    changes: str = ""


def read(name: str) -> Any:
    """The content of one of the package's data files."""
    return yaml.safe_load(resources.files(__package__).joinpath(name).read_text("utf-8"))


@cache
def organizations() -> tuple[OrganizationPlan, ...]:
    return tuple(_organization(row) for row in read("organizations.yaml"))


@cache
def agreements() -> tuple[AgreementPlan, ...]:
    return tuple(AgreementPlan(**row) for row in read("agreements.yaml"))


@cache
def texts() -> Mapping[str, Any]:
    """What the made-up people write."""
    found: Mapping[str, Any] = read("texts.yaml")
    return found


def organization(key: str) -> OrganizationPlan:
    """The plan with this key. Raises StopIteration."""
    return next(plan for plan in organizations() if plan.key == key)


def fill(text: str, organization: OrganizationPlan, program: ProgramPlan, **more: str) -> str:
    """A text with the names and the topic of a program in it."""
    topic = texts()["topics"][program.category]
    return text.format_map(
        {
            **topic,
            "name": organization.name,
            "mission": organization.mission,
            "program": program.name,
            "line": program.line,
        }
        | more
    )


def dealt(seed: str, count: int) -> int:
    """A number below ``count`` that looks random and depends on nothing but ``seed``."""
    return int.from_bytes(sha256(f"demonstration:{seed}".encode()).digest()[:8]) % count


def choose(seed: str, items: Sequence[T]) -> T:
    return items[dealt(seed, len(items))]


def reference(prefix: str, seed: str) -> str:
    """A public reference in the usual form, the same on every load."""
    letters = [choose(f"{prefix}:{seed}:{place}", ALPHABET) for place in range(8)]
    return f"{prefix}-{''.join(letters[:4])}-{''.join(letters[4:])}"


def _organization(row: Mapping[str, Any]) -> OrganizationPlan:
    programs = tuple(
        ProgramPlan(f"{row['key']}.{number}", facts["name"], facts["line"], facts["service"], facts)
        for number, facts in enumerate(row["programs"])
    )
    return OrganizationPlan(
        key=row["key"],
        name=row["name"],
        kind=row["kind"],
        status=row.get("status", "nonprofit"),
        budget=row.get("budget", "under_50000"),
        mission=row["mission"],
        owner=row["owner"],
        neighborhoods=tuple(row["neighborhoods"]),
        languages=tuple(row["languages"]),
        programs=programs,
        registration=row["registration"],
        age=row["age"],
        past=row.get("past", ""),
        open=row.get("open", ""),
        open_program=row.get("open_program", 0),
        ratings=row.get("ratings", ""),
    )
