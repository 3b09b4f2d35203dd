"""A missing program is a skip that names its package for a person, and a failure where CI is set."""

import pytest

from tests.support.tools import require_tool


def test_a_person_gets_a_skip_with_the_name_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"pdfsig is not installed \(Debian package: poppler-utils\)"):
        require_tool("pdfsig")


def test_ci_gets_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="pdfsig is not installed"):
        require_tool("pdfsig")
