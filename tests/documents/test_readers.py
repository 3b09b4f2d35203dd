"""Programs that are not ours find the sealed file valid, trusted and whole, with a time stamp and without."""

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper

from tests.documents.samples import CERTIFICATE
from tests.documents.test_seal import authority
from tests.support.tools import require_tool
from vetting.documents.check import self_check, verdict
from vetting.documents.development_keys import ensure_development_keys
from vetting.documents.errors import SealFailed
from vetting.documents.examination import facts
from vetting.documents.keys import SealKeys, load_seal_keys
from vetting.documents.seal import seal_pdf, timestamper_at


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[SealKeys, Path]:
    folder = tmp_path_factory.mktemp("own")
    ensure_development_keys(folder)
    return load_seal_keys(folder), folder / "development"


@pytest.fixture
def clock_service(own: tuple[SealKeys, Path]) -> Iterator[str]:
    """A time-stamp authority behind an address, as RFC 3161 has it."""
    stamper: TimeStamper = authority(own[1])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = stamper.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/tsa"
    server.shutdown()
    server.server_close()
    thread.join()


def run(*words: str | Path) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def others_agree(pdf: Path, roots: Path, folder: Path) -> None:
    """pdfsig with the district's root in its store, and the program of the sealing library."""
    certutil, pdfsig = require_tool("certutil"), require_tool("pdfsig")
    store = f"sql:{folder}"
    run(certutil, "-N", "-d", store, "--empty-password")
    run(certutil, "-A", "-d", store, "-n", "district", "-t", "CT,C,C", "-i", roots)
    said = run(pdfsig, "-nssdir", store, pdf)
    for words in ("Signature is Valid", "Certificate is Trusted", "Total document signed"):
        assert words in said
    pyhanko = Path(sys.prefix) / "bin" / "pyhanko"
    said = run(
        pyhanko, "sign", "validate", "--trust-replace", "--trust", roots, "--no-revocation-check", "--pretty-print", pdf
    )
    for words in ("cryptographically sound", "certificate is trusted", "covers the entire file", "judged VALID"):
        assert words in said, said


def test_others_find_the_sealed_file_valid_and_trusted(sealed: bytes, keys: SealKeys, tmp_path: Path) -> None:
    (tmp_path / "sealed.pdf").write_bytes(sealed)
    (tmp_path / "roots.pem").write_text("".join(keys.trusted_pem))
    others_agree(tmp_path / "sealed.pdf", tmp_path / "roots.pem", tmp_path)


def test_a_time_stamp_from_an_address_leaves_the_file_valid_for_all(
    unsealed: bytes, own: tuple[SealKeys, Path], clock_service: str, tmp_path: Path
) -> None:
    keys, _ = own
    stamped = seal_pdf(unsealed, keys, reason="x", location="x", timestamper=timestamper_at(clock_service))
    self_check(stamped, keys, CERTIFICATE["content_sha256"])
    assert verdict("0" * 64, None, facts(stamped, list(keys.trusted_pem))).time_stamp == "2026-09-10T18:05:00+00:00"
    (tmp_path / "sealed.pdf").write_bytes(stamped)
    (tmp_path / "roots.pem").write_text("".join(keys.trusted_pem))
    others_agree(tmp_path / "sealed.pdf", tmp_path / "roots.pem", tmp_path)


def test_an_authority_that_does_not_answer_stops_the_sealing(unsealed: bytes, keys: SealKeys) -> None:
    with pytest.raises(SealFailed, match="did not answer"):
        seal_pdf(unsealed, keys, reason="x", location="x", timestamper=timestamper_at("http://127.0.0.1:9/tsa", 2))
