"""A whole run has two passes; what the second leaves out is named, exists, and belongs to the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import second_pass

ROOT = Path(__file__).parents[2]
LISTED = [name for names in second_pass.PROVED_BEFORE.values() for name in names]


@pytest.mark.parametrize("name", LISTED)
def test_what_is_left_out_exists_and_runs_in_the_first_pass(name: str) -> None:
    file, _, function = name.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert f"\ndef {function}(" in text or not function
    assert "pytest.mark.postgresql" not in text
    assert second_pass.proved_before(f"{file}::{function or 'test_any'}[with a parameter]")


def test_nothing_else_is_left_out() -> None:
    assert not second_pass.proved_before("tests/integration/core/test_kill.py::test_a_killed_worker[here]")
    assert not second_pass.proved_before("tests/integration/security/test_matrix.py::test_every_person_has_a_column")
    for name in second_pass.KEPT:
        assert not second_pass.proved_before(name)
        assert second_pass.proved_before(name.replace("coordinator", "finance"))
