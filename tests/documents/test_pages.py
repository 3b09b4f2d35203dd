"""Pages are drawn as they look, words lie on their letters, and a hostile document harms nothing but itself."""

from __future__ import annotations

import http.server
import io
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pikepdf import Array
from PIL import Image

from tests.documents import papers
from tests.support.stored import file_of
from vetting import clock
from vetting.documents.kinds import DOCX, JPEG, PDF, PNG, XLSX
from vetting.documents.preview import draw_next
from vetting.documents.process import Limits
from vetting.documents.renditions import BATCH, Renditions, Sheet, Source
from vetting.storage import LocalStore

ROOT = Path(__file__).parents[2]


class Reader:
    """Somebody who opens documents, and the worker who draws them."""

    def __init__(self, folder: Path) -> None:
        self.store = LocalStore(folder / "store")
        self.renditions = Renditions(folder / "previews")

    def keep(self, content: bytes, media_type: str = PDF) -> Source:
        stored = self.store.put(io.BytesIO(content), area="evidence")
        return Source(stored.sha256, stored.key, media_type)

    def work(self, **how: Any) -> int:
        """Draw until nobody waits. Returns how often something was drawn."""
        count = 0
        while draw_next(self.renditions, self.store, **how):
            count += 1
            assert count < 20
        return count

    def open(self, source: Source, page: int = 1) -> Sheet:
        """The page, drawn if it has to be."""
        for _ in range(3):
            sheet = self.renditions.sheet(source, page)
            if sheet is not None:
                return sheet
            self.renditions.want(source, page)
            self.work()
        raise AssertionError("the page never came")

    def picture(self, source: Source, page: int = 1, size: str = "base") -> Image.Image:
        path = self.renditions.picture(source, page, size)
        assert path is not None
        with Image.open(path) as image:
            image.load()
            return image

    def read(self, content: bytes, media_type: str = PDF, page: int = 1) -> Sheet:
        return self.open(self.keep(content, media_type), page)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def ink(image: Image.Image, sheet: Sheet) -> tuple[float, float, float, float]:
    """Where the picture is dark, in points of the page."""
    dark = image.convert("L").point(lambda value: 255 if value < 160 else 0).getbbox()
    assert dark is not None
    across, down = sheet.width / image.width, sheet.height / image.height
    return dark[0] * across, dark[1] * down, dark[2] * across, dark[3] * down


SHAPES = {
    "upright": {},
    "turned right": {"Rotate": 90},
    "upside down": {"Rotate": 180},
    "turned left": {"Rotate": 270},
    "cropped": {"CropBox": Array([50, 600, 400, 750])},
    "cropped and turned": {"CropBox": Array([50, 600, 400, 750]), "Rotate": 90},
    "huge": {"size": (14_400, 14_400)},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_words_lie_on_their_letters(shape: str, reader: Reader) -> None:
    big = shape == "huge"
    text = f"BT /F1 {480 if big else 12} Tf 72 700 Td (Emergency plan) Tj ET"
    source = reader.keep(papers.drawn(text, **SHAPES[shape]))
    sheet = reader.open(source)
    assert sheet.text == "Emergency plan"
    (line,) = sheet.lines
    left, top, right, bottom = ink(reader.picture(source, size="large"), sheet)
    last = line["words"][-1]
    length, size = last[0] + last[1], line["size"]
    # The box of the line in its own direction, turned onto the page.
    turns = {
        0: (line["x"], line["y"] - size, line["x"] + length, line["y"] + 0.3 * size),
        90: (line["x"] - 0.3 * size, line["y"], line["x"] + size, line["y"] + length),
        180: (line["x"] - length, line["y"] - 0.3 * size, line["x"], line["y"] + size),
        -90: (line["x"] - size, line["y"] - length, line["x"] + 0.3 * size, line["y"]),
    }
    box = turns[round(line["angle"])]
    near = 0.15 * size + 2 * sheet.width / sheet.large[0]
    assert box[0] - near <= left < right <= box[2] + near
    assert box[1] - near <= top < bottom <= box[3] + near
    along = (right - left) if round(line["angle"]) % 180 == 0 else (bottom - top)
    assert abs(along - length) < 2 * near


def test_a_page_is_never_more_than_so_many_dots(reader: Reader) -> None:
    for size in ((14_400, 14_400), (14_400, 3), (3, 14_400)):
        source = reader.keep(papers.pdf_of("x", size=size))
        sheet = reader.open(source)
        assert 1 <= min(sheet.large) <= max(sheet.large) <= 2600
        assert 1 <= min(sheet.base) <= max(sheet.base) <= 1430
        assert reader.picture(source, size="large").size == sheet.large


def test_what_is_cut_away_from_a_page_is_not_among_its_words(reader: Reader) -> None:
    text = "BT /F1 12 Tf 72 700 Td (Shown) Tj 0 -400 Td (Cut away) Tj ET"
    assert reader.read(papers.drawn(text, CropBox=Array([50, 600, 400, 750]))).text == "Shown"


def test_pages_come_in_batches_when_they_are_asked_for(reader: Reader) -> None:
    source = reader.keep(papers.pdf_of(*(f"Page {number}" for number in range(1, 2 * BATCH + 3))))
    reader.renditions.want(source)
    reader.renditions.want(source)
    assert reader.work() == 1
    assert reader.open(source, BATCH).text == f"Page {BATCH}"
    assert reader.renditions.sheet(source, BATCH + 1) is None
    last = reader.open(source, 99_999)
    assert (last.page, last.pages, last.text) == (2 * BATCH + 2, 2 * BATCH + 2, f"Page {2 * BATCH + 2}")
    assert reader.renditions.sheet(source, BATCH + 1) is None
    assert reader.renditions.wishes() == []


def test_what_somebody_waits_for_is_drawn_first(reader: Reader) -> None:
    sources = [reader.keep(papers.pdf_of(name)) for name in ("a", "b", "c")]
    for source in sources:
        reader.renditions.want(source)
    reader.renditions.want(sources[2], waiting=True)
    assert len(reader.renditions.wishes()) == 3
    assert draw_next(reader.renditions, reader.store)
    assert reader.renditions.sheet(sources[2], 1) is not None
    assert [wish.source for wish in reader.renditions.wishes()] == sources[:2]


def test_who_waits_is_told_how_many_come_first(reader: Reader) -> None:
    sources = [reader.keep(papers.pdf_of(name)) for name in ("a", "b", "c")]
    for source in sources[:2]:
        reader.renditions.want(source, waiting=True)
    reader.renditions.want(sources[2])
    counts = [reader.renditions.ahead(source) for source in sources]
    assert [count for count, _ in counts] == [0, 1, 0]
    assert [since is not None for _, since in counts] == [True, True, False]


def test_what_is_alive_in_a_document_is_not_drawn_on_the_way_out(reader: Reader) -> None:
    """Nothing is fetched or started; what was typed into a form is seen and read."""
    asked: list[str] = []

    class Listening(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)

    server = http.server.HTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        source = reader.keep(papers.lively(f"http://127.0.0.1:{server.server_port}"))
        sheet = reader.open(source)
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []
    assert sheet.text == "Lively\nDana Ortiz"
    name = reader.picture(source).convert("L").crop((110, 262, 420, 294))
    assert name.getextrema()[0] < 100
    drawn = b"".join(path.read_bytes() for path in reader.renditions.root.rglob("*") if path.is_file())
    assert b"script" not in drawn
    assert b"127.0.0.1" not in drawn


UNREADABLE = [
    ("locked", PDF, papers.locked()),
    ("damaged", PDF, papers.pdf_of("Torn")[:200]),
    ("damaged", PDF, b"%PDF-1.7 torn"),
    ("damaged", PDF, b""),
    ("damaged", JPEG, papers.photo()[:300]),
    ("damaged", JPEG, papers.photo("PNG")[:40]),
    ("too_large", PNG, papers.flood()),
    ("damaged", DOCX, b"PK\x03\x04"),
    ("empty", DOCX, papers.docx_of()),
    ("damaged", XLSX, b"PK\x03\x04"),
    ("empty", XLSX, papers.xlsx_of()),
]


@pytest.mark.parametrize(("outcome", "media_type", "content"), UNREADABLE)
def test_what_cannot_be_shown_says_why_and_is_not_tried_again(
    outcome: str, media_type: str, content: bytes, reader: Reader
) -> None:
    source = reader.keep(content, media_type)
    assert reader.open(source).outcome == outcome
    reader.renditions.want(source)
    assert reader.work() == 0
    assert reader.renditions.picture(source, 1, "base") is None


def test_a_document_that_any_reader_opens_is_shown(reader: Reader) -> None:
    assert reader.read(papers.owner_locked()).text == "Open to all"


@pytest.mark.parametrize("kind", [JPEG, PNG])
def test_a_photo_stands_upright_and_says_nothing_of_its_camera(kind: str, reader: Reader) -> None:
    source = reader.keep(papers.photo(kind.removeprefix("image/").upper()), kind)
    sheet = reader.open(source)
    image = reader.picture(source, size="large")
    assert image.size == sheet.large == (200, 300)
    red, green, blue = image.convert("RGB").getpixel((190, 10))  # type: ignore[misc]
    assert min(red, 255 - green, 255 - blue) > 175
    assert not image.getexif()
    assert {"exif", "xmp", "icc_profile"}.isdisjoint(image.info)
    path = reader.renditions.picture(source, 1, "large")
    assert path is not None
    assert b"private" not in path.read_bytes()


def test_a_deep_picture_keeps_its_greys(reader: Reader) -> None:
    source = reader.keep(papers.deep_picture(), PNG)
    reader.open(source)
    assert abs(reader.picture(source).convert("L").getpixel((20, 20)) - 128) < 6  # type: ignore[operator]


def test_office_documents_are_words_in_pieces(reader: Reader) -> None:
    sheet = reader.read(papers.docx_of("Staff &amp; students", "meet at the gate."), DOCX)
    assert (sheet.text, sheet.pages, sheet.base) == ("Staff & students\nmeet at the gate.", 1, (0, 0))
    long = reader.keep(papers.docx_of(*(f"Paragraph {n} " + "x" * 1000 for n in range(20))), DOCX)
    assert "Paragraph 19" in reader.open(long, reader.open(long).pages).text
    table = reader.keep(papers.xlsx_of(("Item", "Cost"), *((f"Thing {n}", n) for n in range(250))), XLSX)
    assert reader.open(table, 1).text.startswith("Sheet\nItem\tCost\nThing 0\t0")
    assert reader.open(table, 3).text.endswith("Thing 249\t249")


def test_one_endless_page_does_not_hide_the_others(reader: Reader) -> None:
    source = reader.keep(papers.endless())
    reader.renditions.want(source)
    short = Limits(wall_seconds=6.0, cpu_seconds=2, memory_bytes=1_200_000_000)
    assert reader.work(limits=(short, short)) == 2
    assert reader.open(source, 1).outcome == "too_hard"
    assert reader.open(source, 2).text == "The page after it"


def test_memory_beyond_the_limit_is_an_outcome(reader: Reader) -> None:
    source = reader.keep(papers.photo("PNG", (6000, 6000)), PNG)
    reader.renditions.want(source)
    small = Limits(wall_seconds=20.0, cpu_seconds=10, memory_bytes=180_000_000)
    reader.work(limits=(small, small))
    assert reader.open(source).outcome == "too_hard"
    assert reader.renditions.wishes() == []


DRAW = """
import sys
from pathlib import Path
from vetting.documents.preview import draw_next
from vetting.documents.renditions import Renditions
from vetting.storage import LocalStore
folder = Path(sys.argv[1])
print("ready", flush=True)
draw_next(Renditions(folder / "previews"), LocalStore(folder / "store"))
"""


def _free(renditions: Renditions) -> bool:
    with renditions.alone() as alone:
        return alone


def test_a_worker_killed_while_it_draws_leaves_nothing_half_done(reader: Reader, tmp_path: Path) -> None:
    source = reader.keep(papers.endless())
    reader.renditions.want(source)
    worker = subprocess.Popen([sys.executable, "-c", DRAW, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"ready\n"
    while reader.renditions.wishes()[0].attempts == 0:
        pass
    assert not _free(reader.renditions)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    # Its child, killed with it, may hold the lock for as long as it takes to die.
    while not _free(reader.renditions):
        pass
    assert [path for path in reader.renditions.root.rglob("*") if path.is_file() and path.name == "manifest"] == []
    short = Limits(wall_seconds=6.0, cpu_seconds=2, memory_bytes=1_200_000_000)
    reader.work(limits=(short, short))
    assert reader.open(source, 2).text == "The page after it"
    assert reader.renditions.wishes() == []


def test_a_document_that_kills_every_worker_is_given_up(reader: Reader) -> None:
    source = reader.keep(papers.pdf_of("x"))
    reader.renditions.want(source)
    for _ in range(3):
        reader.renditions.begun(reader.renditions.wishes()[0])
    assert reader.work() == 1
    assert reader.open(source).outcome == "too_hard"


def test_two_who_draw_the_same_publish_one_whole_batch(reader: Reader) -> None:
    source = reader.keep(papers.pdf_of("x"))
    reader.renditions.want(source)
    (wish,) = reader.renditions.wishes()
    sheet = {"width": 1, "height": 1, "base": [1, 1], "large": [1, 1]}
    manifest = {"outcome": "done", "pages": 1, "sheets": [sheet]}
    for word in ("first", "second"):
        body = b'{"lines": [], "text": "' + word.encode() + b'", "cut": false}'
        reader.renditions.publish(wish, manifest, {"text-1": body})
    assert reader.open(source).text == "first"
    assert list(reader.renditions.root.glob(".making-*")) == []


def test_bytes_that_are_gone_are_not_waited_for(reader: Reader) -> None:
    source = reader.keep(papers.pdf_of("x"))
    reader.renditions.want(source)
    file_of(reader.store, source.key).unlink()
    assert reader.work() == 1
    assert reader.renditions.wishes() == []


def test_old_pages_are_swept_and_drawn_again_when_asked_for(reader: Reader) -> None:
    source = reader.keep(papers.pdf_of("x"))
    reader.open(source)
    assert reader.renditions.sweep(clock.now() - timedelta(days=1)) == 0
    assert reader.renditions.sweep(clock.now() + timedelta(days=1)) == 2
    assert reader.renditions.sheet(source, 1) is None
    assert reader.open(source).text == "x"


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "", "0" * 63])
def test_only_a_hash_names_a_rendition(name: str, reader: Reader) -> None:
    source = Source(name, "evidence/aa/bb", PDF)
    reader.renditions.want(source)
    assert reader.renditions.sheet(source, 1) is None
    assert not reader.renditions.root.exists()
