"""Translators get the words of forms and standards, and not the keys."""

import subprocess
import sys
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[3]


def test_the_catalog_holds_what_people_read_in_data_and_code(tmp_path: Path) -> None:
    catalog_file = tmp_path / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.cfg", "-k", "N_"]
    subprocess.run([*command, "-o", str(catalog_file), "vetting"], cwd=ROOT, check=True)
    with catalog_file.open("rb") as file:
        texts = {message.id for message in read_po(file) if message.id}
    assert "Enter the year as four digits" in texts  # code
    assert "What kind of organization are you?" in texts  # a form
    assert "There are no written procedures." in texts  # a level of the standards
    assert "School-Community Partner" in texts  # the vocabulary
    assert "English Learners" in texts  # a list of names
    assert "Services may not start until this agreement is in force." in " ".join(map(str, texts))
    assert not {"organization_kind", "P1.1", "program_description", "partner_signer", "example"} & texts
