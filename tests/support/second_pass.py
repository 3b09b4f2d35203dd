"""What the second pass of a whole run, on PostgreSQL, need not prove again.

Statements, locks, constraints, migrations, searches, kills and whatever happens at the same time differ from one
database to the other: all of it runs on both. What is listed here asks the same of the same Python with rows that
were read alike; it runs on SQLite in a whole run, and on PostgreSQL too when one asks for that database alone
(``TEST_DATABASE=postgresql``) or for the proofs in full (``SOAK=1``).
"""

import os
from collections.abc import Mapping
from typing import Final

from tests.support import soak

ACTIVE: Final = bool(os.environ.get("TEST_ONLY_DATABASE")) and not soak.FULL
"""Whether this is the second pass of a whole run."""

_WALL = "tests/integration/security/test_wall.py::test_a_person_with_an_interest_cannot_tell_that_the_cases_exist"

PROVED_BEFORE: Final[Mapping[str, tuple[str, ...]]] = {
    "Python alone decides who may what; each route's statements run here for a person of each answer": (
        "tests/integration/security/test_matrix.py::test_nothing_is_written_for_a_form_of_another_site",
        "tests/integration/security/test_matrix.py::test_without_a_rule_of_the_policy_a_cell_differs",
        "tests/integration/security/test_matrix.py::test_without_its_question_a_route_differs",
    ),
    "the wall is part of each statement, and the coordinator, who is asked here, sends all of them": (_WALL,),
    "which words a page, a mail or a file holds": (
        "tests/integration/security/test_canaries.py",
        "tests/integration/security/test_applicant_canaries.py",
        "tests/integration/security/test_markup_everywhere.py",
        "tests/integration/security/test_served_files.py",
        "tests/integration/accounts/test_development.py",
        "tests/integration/applicant/test_never_send.py",
        "tests/integration/applicant/test_own_copy.py",
        "tests/integration/applicant/test_public.py",
        "tests/integration/agreements/test_checking.py",
        "tests/integration/demo/test_loading.py::test_the_same_instant_gives_the_same_district",
        "tests/integration/desk/test_viewer.py",
    ),
    "what a browser does; the whole journey of a partner runs here in one": (
        "tests/e2e/test_phone.py",
        "tests/e2e/test_review_day.py",
        "tests/e2e/test_upload.py",
        "tests/integration/accounts/test_passkeys.py",
        "tests/integration/desk/test_shortcuts_browser.py",
        "tests/integration/desk/test_viewer_browser.py",
    ),
}
"""Why, and what: files, or single tests with all their parameters."""

KEPT: Final = frozenset({f"{_WALL}[coordinator]"})
"""Tests of the list that run all the same."""

_LISTED = frozenset(name for names in PROVED_BEFORE.values() for name in names)


def proved_before(test: str) -> bool:
    """Whether the test with this node id may be left to the first pass."""
    file, _, function = test.partition("::")
    return test not in KEPT and bool({file, f"{file}::{function.partition('[')[0]}"} & _LISTED)
