"""Where tests write: in memory where there is room, on disk everywhere else."""

from __future__ import annotations

from pathlib import Path

from tests.support.memory import roomy


def test_a_small_or_missing_file_system_is_not_taken(tmp_path: Path) -> None:
    assert roomy(tmp_path, least=1) == tmp_path
    assert roomy(tmp_path, least=2**62) is None
    assert roomy(tmp_path / "missing", least=0) is None
