"""Reference data and calculations load without the web, the database or anything else that could reach out."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROBE = """
import importlib, pkgutil, sys
for name in ("data", "standards", "fund", "imports", "questionnaires", "calendar_days"):
    package = importlib.import_module(f"vetting.{name}")
    for module in pkgutil.walk_packages(getattr(package, "__path__", []), f"vetting.{name}."):
        importlib.import_module(module.name)
print(*sorted({"flask", "werkzeug", "wtforms", "sqlalchemy", "requests", "weasyprint"} & set(sys.modules)))
"""


def test_pure_parts_load_nothing_heavy() -> None:
    result = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, check=True, capture_output=True, text=True)
    assert result.stdout.strip() == ""


def test_every_data_file_is_utf8_text_with_a_header_that_says_whose_it_is() -> None:
    for path in (ROOT / "vetting" / "data").rglob("*.yaml"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [line.split(":")[0] for line in lines[:5]] == [
            "key",
            "version",
            "title",
            "provenance",
            "provenance_note",
        ]
        if lines[3] == "provenance: example":
            assert "not the district's" in " ".join(lines[4:8])
