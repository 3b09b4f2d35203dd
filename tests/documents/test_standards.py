"""An engine that is not ours finds the sealed file to be PDF/A-3a and PDF/UA-1, whatever names are in it.

Runs where `bin/verapdf` has fetched the engine; it is no part of the ordinary set of tools.
"""

from pathlib import Path

import pytest

from tests.documents.papers import pdf_of
from tests.documents.samples import AUDIT, on_paper, with_content
from tests.documents.test_fonts import NAMES
from tests.support import verapdf
from vetting.documents.agreement import executed_pdf
from vetting.documents.keys import SealKeys
from vetting.documents.seal import seal_pdf

pytestmark = pytest.mark.skipif(bool(verapdf.missing()), reason=verapdf.missing())


def test_a_sealed_agreement_with_names_in_every_script_meets_both_standards(
    sealed: bytes, keys: SealKeys, tmp_path: Path
) -> None:
    content, certificate = with_content(services="\n".join(f"{script}: {name}" for script, name in NAMES.items()))
    names = seal_pdf(executed_pdf(content, certificate, AUDIT), keys, reason="Executed agreement", location="x")
    scans = {"signed-on-paper-1.pdf": pdf_of("Signed by hand")}
    content, certificate = with_content(contract={"signed_on": "2026-09-08"})
    drawn = executed_pdf(content, on_paper(certificate, scans), AUDIT, scans=scans)
    paper = seal_pdf(drawn, keys, reason="Executed agreement", location="x")
    files = {"sealed": sealed, "names": names, "paper": paper}
    for name, body in files.items():
        (tmp_path / f"{name}.pdf").write_bytes(body)
    found = verapdf.verdicts(sorted(tmp_path.glob("*.pdf")))
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.count("PASS") == 2 * len(files)
