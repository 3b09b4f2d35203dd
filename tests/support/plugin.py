"""What every test run has: which database, the PostgreSQL server, how far the heavy proofs go.

TEST_DATABASE     sqlite (default) or postgresql
TEST_ONLY_DATABASE  when set, tests that touch no database are left out: they have run in the other pass, and so have
                  those of tests/support/second_pass.py
TEST_POSTGRES_URL   a server that is already running; without it the run starts its own
SOAK, SEED          see tests/support/soak.py
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support import second_pass, soak
from tests.support.postgres import Postgres, postgres
from tests.support.tools import require_tool

DATABASE = os.environ.get("TEST_DATABASE") or "sqlite"
OTHER_DATABASE = {"sqlite": "postgresql", "postgresql": "sqlite"}

# What takes longest begins first, so that no process is left with it at the end while the others have nothing to do.
LONGEST_FIRST = (
    "tests/e2e/test_pages.py",
    "tests/e2e/test_journey.py",
    "tests/integration/security/test_wall.py",
    "tests/integration/security/test_matrix.py",
    # Of the files that take a copy of the demonstration one comes early: two at once would wait for one load.
    "tests/integration/demo/test_district.py",
    "tests/e2e/",
    "tests/integration/security/",
    "tests/unit/filetypes/test_hostile.py",
    "tests/integration/core/test_kill.py",
    "tests/integration/agreements/",
    "tests/integration/bulk/",
    "tests/integration/imports/",
    "tests/integration/demo/",
)

# A test touches the database when it asks, directly or through another fixture, for one of these.
DATABASE_FIXTURES = frozenset({"database_url", "postgres_server"})


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a database that does not exist; set how many examples the property tests try."""
    if DATABASE not in OTHER_DATABASE:
        raise pytest.UsageError(f"TEST_DATABASE must be sqlite or postgresql, not “{DATABASE}”.")
    unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("reduced", unhurried, max_examples=30, derandomize=True)
    settings.register_profile("full", unhurried, max_examples=1000, print_blob=True)
    settings.load_profile("full" if soak.FULL else "reduced")


def pytest_report_header() -> str:
    """The two facts needed to repeat the run."""
    return f"database: {DATABASE}, seed: {soak.SEED}{', in full' if soak.FULL else ''}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what belongs to the other database, or has no need of one and ran in the other pass."""
    left_out = [item for item in items if not _belongs_here(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _belongs_here(item)]
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    matching = (turn for turn, begins in enumerate(LONGEST_FIRST) if item.nodeid.startswith(begins))
    return next(matching, len(LONGEST_FIRST))


def _belongs_here(item: pytest.Item) -> bool:
    if item.get_closest_marker(OTHER_DATABASE[DATABASE]):
        return False
    if second_pass.ACTIVE and second_pass.proved_before(item.nodeid):
        return False
    touches = DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
    return bool(touches) or item.get_closest_marker(DATABASE) is not None or not os.environ.get("TEST_ONLY_DATABASE")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A running PostgreSQL; skips where it is not installed, fails there when CI is set."""
    if not os.environ.get("TEST_POSTGRES_URL"):
        require_tool("postgresql")
    with postgres() as server:
        yield server
