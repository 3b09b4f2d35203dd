"""A PDF meets both standards, is the same every time, and its making reaches nothing outside."""

import hashlib
import http.server
import io
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from tests.documents.samples import AUDIT, CONTENT
from tests.support.tools import require_tool
from vetting.documents import process, render
from vetting.documents.errors import AssetMissing, RenderFailed, RenderRefused, RenderTimedOut
from vetting.documents.process import Limits
from vetting.documents.render import Asset, render_pdf

PAGE = '<!doctype html><html lang="en"><head><title>T</title></head><body><h1>T</h1>{}</body></html>'
SHORT = Limits(wall_seconds=60, cpu_seconds=30)


def small(body: str, style: str = "", limits: Limits = SHORT, assets: dict[str, Asset] | None = None) -> bytes:
    return render_pdf(
        PAGE.format(body),
        title="T",
        lang="en",
        attachments=[],
        identifier=b"test",
        assets=assets or {},
        styles=[style],
        limits=limits,
    )


def text_of(pdf: bytes, order: str = "-layout") -> str:
    tool = require_tool("pdftotext")
    return subprocess.run([tool, order, "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def test_the_same_agreement_gives_the_same_bytes_in_another_process_and_zone(unsealed: bytes, tmp_path: Path) -> None:
    program = (
        "import hashlib; from tests.documents.samples import *; from vetting.documents.agreement import executed_pdf;"
        "print(hashlib.sha256(executed_pdf(CONTENT, CERTIFICATE, AUDIT)).hexdigest())"
    )
    # Another machine: no fonts of its own, another zone, language and hash seed.
    (tmp_path / "fonts.conf").write_text(process.NO_SYSTEM_FONTS)
    env = {**os.environ, "TZ": "Asia/Tokyo", "LANG": "tr_TR.UTF-8", "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    env["PYTHONHASHSEED"] = "7"
    again = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert again.stdout.strip() == hashlib.sha256(unsealed).hexdigest()


def test_the_file_declares_both_standards_and_carries_what_they_need(unsealed: bytes) -> None:
    with pikepdf.open(io.BytesIO(unsealed)) as pdf:
        metadata = pdf.Root.Metadata.read_bytes()
        assert b'pdfaid:part="3"' in metadata
        assert b'pdfaid:conformance="A"' in metadata
        assert b"<pdfuaid:part>1</pdfuaid:part>" in metadata
        assert metadata.count(b"</rdf:RDF>") == 1
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert pdf.docinfo["/Title"] == CONTENT["title"]


def test_the_seal_field_is_empty_tagged_and_the_only_field(unsealed: bytes) -> None:
    with pikepdf.open(io.BytesIO(unsealed)) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        assert (str(field.T), str(field.FT), int(pdf.Root.AcroForm.SigFlags)) == ("DistrictSeal", "/Sig", 3)
        assert str(field.TU) == "Digital seal of the district"
        assert "/V" not in field
        assert "/NeedAppearances" not in pdf.Root.AcroForm
        left, bottom, right, top = (float(value) for value in field.Rect)
        assert left < right
        assert bottom < top
        forms = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Form"]
        assert len(forms) == 1


def test_all_fonts_are_ours_and_embedded(unsealed: bytes) -> None:
    with pikepdf.open(io.BytesIO(unsealed)) as pdf:
        fonts = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
        assert fonts
        assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
        names = {str(font.FontName).split("+")[1] for font in fonts}
        assert all(name.startswith(("source-sans-3", "noto-sans-")) for name in names)


def test_no_picture_asks_to_be_smoothed(unsealed: bytes) -> None:
    # PDF/A forbids it, and the renderer does it unless the style says otherwise.
    with pikepdf.open(io.BytesIO(unsealed)) as pdf:
        pictures = [
            item for item in pdf.objects if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image"
        ]
        assert pictures
        assert not any(bool(picture.get("/Interpolate", False)) for picture in pictures)


def test_no_text_is_set_too_small(unsealed: bytes) -> None:
    # Widths of very small text are rounded away from those of the font, which both standards forbid.
    with pikepdf.open(io.BytesIO(unsealed)) as pdf:
        sizes = {
            float(operands[1])  # type: ignore[arg-type]
            for page in pdf.pages
            for operands, operator in pikepdf.parse_content_stream(page)
            if str(operator) == "Tf"
        }
    assert min(sizes) > 8


def test_the_data_and_the_history_travel_inside(unsealed: bytes) -> None:
    with pikepdf.open(io.BytesIO(unsealed)) as pdf:
        files = {name: item.get_file().read_bytes() for name, item in pdf.attachments.items()}
        kinds = {str(item.UF): str(item.AFRelationship) for item in pdf.Root.AF}
    assert json.loads(files["agreement.json"]) == CONTENT
    assert json.loads(files["audit.json"]) == AUDIT
    assert kinds == {"agreement.json": "/Source", "audit.json": "/Supplement"}


def test_every_page_says_that_a_development_seal_is_not_valid(unsealed: bytes) -> None:
    pages = text_of(unsealed).split("\f")[:-1]
    assert len(pages) > 2
    assert all("DEVELOPMENT SEAL - NOT VALID" in page for page in pages)


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """A local server that notes whatever asks it for something."""
    hits: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", hits
    server.shutdown()
    server.server_close()
    thread.join()


ATTACKS = {
    "image": ('<img alt="x" src="{url}/img">', ""),
    "style link": ('<link rel="stylesheet" href="{url}/css">', ""),
    "style import": ("", '@import "{url}/imp";'),
    "background": ("", 'body {{ background: url("{url}/bg") }}'),
    "inline style": ("<p style=\"background: url('{url}/inline')\">x</p>", ""),
    "drawing": ('<svg width="9" height="9"><image width="9" height="9" href="{url}/svg"/></svg>', ""),
    "font": ("", '@font-face {{ font-family: x; src: url("{url}/font") }} p {{ font-family: x }}'),
    "attached address": ('<link rel="attachment" href="{url}/attached">', ""),
    "attached file": ('<link rel="attachment" href="file://{secret}">', ""),
    "linked file": ('<p><a rel="attachment" href="file://{secret}">x</a></p>', ""),
    "image file": ('<img alt="x" src="file://{secret}">', ""),
    "relative path": ('<img alt="x" src="/etc/hostname">', ""),
    "data address": ('<img alt="x" src="data:image/png;base64,iVBORw0KGgo=">', ""),
    "base address": ('<base href="{url}/"><img alt="x" src="relative">', ""),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_outside_is_asked_for_or_embedded(attack: str, canary: tuple[str, list[str]], tmp_path: Path) -> None:
    url, hits = canary
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    body, style = (part.format(url=url, secret=secret) for part in ATTACKS[attack])
    with pytest.raises(RenderRefused):
        small(body or "<p>x</p>", style)
    assert hits == []


def test_a_script_a_frame_or_an_old_attribute_is_not_run_or_loaded(canary: tuple[str, list[str]]) -> None:
    url, hits = canary
    body = (
        f'<script src="{url}/js">fetch("{url}")</script><iframe src="{url}/frame"></iframe>'
        f'<table background="{url}/old"><tr>'
        f'<td background="{url}/cell" width="9;background:url({url}/css)">text</td></tr></table>'
    )
    assert "text" in text_of(small(body))
    assert hits == []


def test_the_child_has_no_network_no_secret_and_no_files_of_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRET_KEY", "ours")
    assert "SECRET_KEY" not in process._environment(str(tmp_path))
    probe = """
import os, socket, subprocess, sys
from pathlib import Path
from vetting import isolation
isolation.leave_network()
isolation.refuse_outside(Path(sys.argv[1]))
attempts = {
    "socket": lambda: socket.create_connection(("127.0.0.1", int(sys.argv[2])), 1),
    "local socket": lambda: socket.socket(socket.AF_UNIX).connect("/run/x"),
    "process": lambda: subprocess.run(["true"]),
    "shell": lambda: os.system("true"),
    "fork": os.fork,
    "settings": lambda: open("pyproject.toml"),
    "password file": lambda: open("/etc/passwd"),
    "write": lambda: open(isolation.__file__, "a"),
    "escape": lambda: open(sys.argv[1] + "/../../../../etc/passwd"),
}
for name, attempt in attempts.items():
    try:
        attempt()
    except isolation.Refused:
        continue
    print(name)
open(sys.argv[1] + "/own", "w").write("allowed")
print("end")
"""
    listener = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    arguments = [sys.executable, "-c", probe, str(tmp_path), str(listener.server_port)]
    result = subprocess.run(arguments, capture_output=True, text=True, check=True)
    listener.server_close()
    assert result.stdout == "end\n"


def test_a_missing_asset_stops_the_document() -> None:
    with pytest.raises(AssetMissing, match="logo"):
        small('<p><img alt="x" src="asset:logo.png"></p>')


def test_a_damaged_asset_stops_the_document() -> None:
    with pytest.raises(RenderFailed, match="could not be printed"):
        small('<p><img alt="x" src="asset:logo.png"></p>', assets={"logo.png": Asset(b"not a picture", "image/png")})


def test_a_document_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(RenderTimedOut):
        small("<p>x</p>", limits=Limits(wall_seconds=0.05))
    endless = "<table>" + "<tr><td>word" * 40_000 + "</table>"
    with pytest.raises(RenderTimedOut):
        small(endless, limits=Limits(wall_seconds=60, cpu_seconds=1))


def test_a_page_nested_beyond_measure_is_stopped_in_words() -> None:
    with pytest.raises(RenderFailed, match=r"could not be printed|took too long|more memory"):
        small("<div>" * 20_000 + "x", limits=Limits(wall_seconds=60, cpu_seconds=2))


def test_a_child_ends_when_its_parent_is_killed() -> None:
    child = "import time; from vetting import isolation; isolation.end_with_parent(); print(1, flush=True)"
    parent = (
        "import subprocess, sys, time;"
        f"c = subprocess.Popen([sys.executable, '-c', {child + '; time.sleep(60)'!r}], stdout=subprocess.PIPE);"
        "c.stdout.readline(); print(c.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        pid = int(started.stdout.readline())
        ended = os.pidfd_open(pid)
        started.kill()
        try:
            assert select.select([ended], [], [], 30)[0], "the child is still running"
        finally:
            os.close(ended)


def test_a_document_that_needs_too_much_memory_is_stopped() -> None:
    with pytest.raises(RenderFailed) as caught:
        small("<p>x</p>", limits=Limits(memory_bytes=60_000_000))
    assert caught.type is RenderFailed


def test_a_page_without_title_or_too_long_is_refused_before_it_starts() -> None:
    with pytest.raises(RenderFailed, match="title"):
        render_pdf("<p>", title=" ", lang="en", attachments=[], identifier=b"x", assets={})
    with pytest.raises(RenderFailed, match="too long"):
        small("x" * (render.LARGEST_PAGE + 1))


def test_names_in_every_script_of_the_district_print() -> None:
    names = ["Nguyễn Thị Ánh", "Dolores Peña", "王小明", "Олег"]
    text = text_of(small("<p>" + "</p><p>".join([*names, "محمد", "smile 😀"]) + "</p>"))
    assert all(name in text for name in names)
    assert "smile [U+1F600]" in text


def test_the_child_loads_neither_the_web_framework_nor_the_database() -> None:
    program = (
        "import sys, vetting.documents.child, vetting.documents.rendering, vetting.documents.examination;"
        "print(sorted({'flask', 'werkzeug', 'sqlalchemy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_web_process_loads_neither_renderer_nor_sealing_library() -> None:
    program = (
        "import sys, vetting.documents.agreement, vetting.documents.letter, vetting.documents.check,"
        "vetting.documents.keys, vetting.documents.development_keys, vetting.documents.export;"
        "print(sorted({'weasyprint', 'pyhanko', 'pikepdf', 'fontTools'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
