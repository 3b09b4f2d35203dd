"""Nothing a person can type makes the renderer reach out, and what is printed is what the page showed."""

import http.server
import io
import itertools
import random
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
import pytest

from tests.documents.samples import AUDIT, CERTIFICATE, CONTENT, SCANS, on_paper, with_content
from tests.documents.test_agreement import words
from tests.documents.test_fonts import NAMES
from tests.documents.test_render import text_of
from tests.support import soak
from vetting.documents.agreement import agreement_body, executed_pdf
from vetting.documents.content import content_sha256
from vetting.documents.errors import DocumentIncomplete
from vetting.documents.process import Limits, run_child

ATTACKS = (
    '"><img src="{url}/img">',
    '"><link rel=stylesheet href="{url}/css">',
    '"><link rel=attachment href="{url}/file">',
    "'><link rel=attachment href='file://{secret}'>",
    "</p><style>@import '{url}/imp'; * {{ background: url({url}/bg) }}</style>",
    '</td><a rel=attachment href="{url}/redirect">x</a>',
    '<svg><image href="{url}/svg"/></svg>',
    '<base href="{url}/"><object data="obj"></object>',
    "<iframe src='{url}/frame'></iframe>",
    "{{{{ 7*7 }}}} url({url}/plain)",
)
"""Each goes into every tenth text, in turn."""
# These are words of ours or dates, checked before anything is frozen; all others a person types.
NOT_TYPED = frozenset(
    [
        "schema",
        "starts_on",
        "ends_on",
        "reporting_dates",
        "executed_at",
        "invited_at",
        "opened_at",
        "consented_at",
        "signed_at",
        "content_sha256",
        "seal_fingerprint",
        "chain_head",
        "verify_url",
        "time_stamp",
        "signed_on",
        "file",
        "sha256",
        "proven_at",
        "until",
        "made_at",
        "recorded_at",
        "compared_at",
        "confirmed_at",
    ]
)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server that notes whatever reaches it; `/redirect` sends on to another of its pages."""
    hits: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(302 if self.path == "/redirect" else 200)
            self.send_header("Location", "/redirected")
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


def everywhere(value: Any, text: Callable[[str], str], key: str = "") -> Any:
    """The same data with every typed text replaced."""
    if isinstance(value, dict):
        return {name: everywhere(item, text, name) for name, item in value.items()}
    if isinstance(value, list):
        return [everywhere(item, text, key) for item in value]
    return text(value) if isinstance(value, str) and key not in NOT_TYPED else value


def test_an_attack_in_every_text_at_once_reaches_nothing(listener: tuple[str, list[str]], tmp_path: Any) -> None:
    url, hits = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    turn = itertools.cycle(attack.format(url=url, secret=secret) for attack in ATTACKS)
    content = everywhere(CONTENT, lambda text: f"{text} {next(turn)}")
    content["contract"] = {"signed_on": "2026-09-08"}
    certificate = {
        **everywhere(on_paper(CERTIFICATE), lambda text: f"{text} {next(turn)}"),
        "content_sha256": content_sha256(content),
    }
    pdf = executed_pdf(content, certificate, AUDIT, scans=SCANS)
    assert hits == []
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert sorted(opened.attachments) == ["agreement.json", "audit.json", *SCANS]
        bodies = b"".join(item.get_file().read_bytes() for item in opened.attachments.values())
    assert b"the secret" not in bodies
    printed = re.sub(r"\s", "", text_of(pdf, "-raw"))
    for attack in ATTACKS:
        assert re.sub(r"\s", "", attack.format(url=url, secret=secret)) in printed


def test_the_child_has_a_network_of_its_own_where_the_system_allows_one(listener: tuple[str, list[str]]) -> None:
    """Without the other fences, so that this one is seen to hold alone."""
    url, hits = listener
    probe = (
        "import sys, urllib.request; from vetting import isolation; left = isolation.leave_network()\n"
        "try: urllib.request.urlopen(sys.argv[1], timeout=5); reached = True\n"
        "except OSError: reached = False\n"
        "print(left, reached)"
    )
    result = subprocess.run([sys.executable, "-c", probe, url], capture_output=True, text=True, check=True)
    left, reached = (word == "True" for word in result.stdout.split())
    told = run_child("examine", {"trusted": [], "moment": None}, {"pdf": b""}, Limits()).data["network_left"]
    assert told is left
    if not left:
        pytest.skip("this system allows no network namespace; the other fences are proved on their own")
    assert (reached, hits) == (False, [])


def test_a_name_that_no_font_can_print_stops_the_sealing_in_words() -> None:
    content, certificate = with_content(services="Music 🎻 and more")
    with pytest.raises(DocumentIncomplete, match=r"No packaged font can print 🎻 \(U\+1F3BB\)"):
        executed_pdf(content, certificate, AUDIT)
    typed = {**CERTIFICATE, "signers": [{**signer, "typed_name": "ཨ"} for signer in CERTIFICATE["signers"]]}
    with pytest.raises(DocumentIncomplete, match=r"U\+0F68"):
        executed_pdf(CONTENT, typed, AUDIT)


WRITTEN_AS_READ = ("Latin", "Vietnamese", "Haitian and Cape Verdean", "Cyrillic", "Japanese", "Korean")
"""Scripts whose letters stand in a file in the order they are read, so that both texts can be compared as they are."""


WORDS = "a the school partner students 12 % “quoted” (in brackets) well-being – it’s $5.00; <b> & </b> {{x}}"


def generated(chance: random.Random) -> dict[str, Any]:
    """An agreement of random words, lengths and numbers of parts."""
    stock = [word for name in WRITTEN_AS_READ for word in NAMES[name].split()]
    stock += WORDS.split()

    def text(most: int) -> str:
        return " ".join(chance.choices(stock, k=chance.randint(1, most)))

    content, _ = with_content()
    for key in ("services", "schedule", "place", "roles_school", "roles_partner", "communication_rhythm",
                "improvement_goal", "data_terms", "termination"):  # fmt: skip
        content[key] = "\n".join(text(60) for _ in range(chance.randint(1, 4)))
    content["goals"] = [{name: text(25) for name in ("goal", "measure", "target")} for _ in range(chance.randint(1, 9))]
    content["clauses"] = [
        {**content["clauses"][0], "heading": text(6), "text": text(120)} for _ in range(chance.randint(1, 12))
    ]
    return content


@pytest.mark.soak
def test_the_text_of_page_and_file_is_the_same_for_any_content() -> None:
    def letters(text: str) -> str:
        # Line ends and bullets fall differently on paper; everything else may not.
        return re.sub(r"[\s•]", "", text)

    chance = random.Random(soak.SEED)
    for _ in range(soak.amount(1, 40)):
        content = generated(chance)
        pdf = executed_pdf(content, {**CERTIFICATE, "content_sha256": content_sha256(content)}, AUDIT)
        printed = letters(text_of(pdf, "-raw"))
        parts = re.findall(r"<(p|li|h2|h3|td|th|caption)\b[^>]*>(.*?)</\1>", agreement_body(content), re.DOTALL)
        assert [part for _, part in parts if letters(" ".join(words(part))) not in printed] == []
