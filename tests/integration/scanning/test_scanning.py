"""With a scanner nobody reads what it has not called clean; without one nothing is ever called clean."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa

from tests.support.clamd import HARMFUL, Daemon
from tests.support.pages import text_of
from tests.support.tools import require_tool
from vetting import clock
from vetting.documents.preview import draw_next
from vetting.models import Application, DocumentVersion, EvidenceState, OutboxMessage, Role, ScanResult
from vetting.scanning import Clamd, Verdict
from vetting.workflows.effects import scans

INFECTED = Verdict(ScanResult.INFECTED, "Tests.MadeUp")


def paper(harmful: bool = False) -> bytes:
    """A PDF of one page; a harmful one says so in a comment that every PDF reader skips."""
    out = BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.save(out)
    return out.getvalue() + (b"\n" + HARMFUL if harmful else b"")


@pytest.fixture
def draft(make: Any) -> Application:
    """A registration in draft with nothing answered."""
    return make.registration()


@pytest.fixture
def owner(make: Any, draft: Application, browser_for: Any) -> Any:
    """The browser of the person who registered the organization of ``draft``."""
    return browser_for(make.owner_of(draft.organization))


@pytest.fixture
def send(owner: Any, draft: Application, session: Any) -> Any:
    """Sends a document as an applicant does, and returns the version it became."""

    def sent(content: bytes) -> DocumentVersion:
        session.rollback()
        answer = owner.post(
            f"/apply/{draft.reference}/documents/articles_or_charter",
            data={"issued_on": "2024-05-01", "files": (BytesIO(content), "articles.pdf")},
            content_type="multipart/form-data",
        )
        assert answer.status_code == 303
        return newest(session)

    return sent


def newest(session: Any) -> DocumentVersion:
    session.expunge_all()
    session.rollback()
    found = session.scalars(sa.select(DocumentVersion).order_by(DocumentVersion.id.desc()).limit(1)).one()
    assert found.document.reference
    session.expunge_all()
    session.rollback()
    return found


def address(version: DocumentVersion) -> str:
    return f"/evidence/{version.document.reference}/{version.number}"


def status(browser: Any, url: str) -> int:
    """The code of an answer that is read to its end."""
    with browser.get(url) as answer:
        assert answer.data is not None
        return int(answer.status_code)


def page(draft: Application) -> str:
    return f"/apply/{draft.reference}/documents/articles_or_charter"


def test_a_file_waits_unread_until_the_scanner_called_it_clean(  # noqa: PLR0917
    app: Any, scanner: Any, send: Any, owner: Any, draft: Application, hands: Any, session: Any
) -> None:
    content = paper()
    version = send(content)
    assert version.scan is ScanResult.WAITING
    assert app.extensions["renditions"].wishes() == []
    refused = owner.get(address(version))
    assert refused.status_code == 409
    assert b"%PDF" not in refused.data
    assert "Waiting for the virus check" in text_of(refused.text)
    assert "Waiting for the virus check" in text_of(owner.get(page(draft)).text)
    assert hands.scan() == 1
    assert newest(session).scan is ScanResult.CLEAN
    assert newest(session).scanned_at is not None
    with owner.get(address(version)) as answer:
        assert answer.data == content
    assert [wish.source.sha256 for wish in app.extensions["renditions"].wishes()] == [version.sha256]


def test_a_scanner_that_is_away_opens_nothing_and_nothing_is_given_up(  # noqa: PLR0917
    app: Any, scanner: Any, send: Any, owner: Any, hands: Any, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = send(paper())
    scanner.verdict = None
    for hour in range(30):
        later = clock.now() + timedelta(hours=1)
        monkeypatch.setattr(clock, "now", lambda later=later: later)
        with pytest.raises(Exception, match="made up"):
            hands.scan()
        assert scanner.asked == hour + 1
    assert newest(session).scan is ScanResult.WAITING
    assert session.scalar(sa.select(OutboxMessage.failed_at).where(OutboxMessage.topic == "scan.wanted")) is None
    session.rollback()
    assert status(owner, address(version)) == 409
    scanner.verdict = Verdict(ScanResult.CLEAN)
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    hands.scan()
    assert status(owner, address(version)) == 200


def test_a_scanner_that_is_away_holds_up_no_mail(scanner: Any, send: Any, hands: Any, make: Any) -> None:
    send(paper())
    scanner.verdict = None
    hands.mail()
    assert scanner.asked == 0


def test_what_the_scanner_found_is_set_aside_and_everybody_concerned_is_told(
    app: Any, scanner: Any, make: Any, browser_for: Any, hands: Any, session: Any
) -> None:
    cora = make.coordinator()
    case = make.screening(cora)
    version = case.evidence[0].document_version
    version.scan = ScanResult.WAITING
    session.flush()
    scans.want(session, version)
    session.commit()
    reference, where = case.reference, address(version)
    kind = case.evidence[0].type_key
    boss, owner = browser_for(cora), browser_for(make.owner_of(case.organization))
    hands.mail()
    scanner.verdict = INFECTED
    assert hands.scan() == 1
    session.expire_all()
    found = session.get_one(DocumentVersion, version.id)
    assert found.scan is ScanResult.INFECTED
    assert found.scan_finding == "Tests.MadeUp"
    assert found.state is EvidenceState.RETURNED
    session.rollback()
    mail = hands.mail()
    assert {m["To"] for m in mail} >= {cora.email, make.owner_of(case.organization).email}
    assert any("send it again" in m.get_body(("plain",)).get_content() for m in mail)
    session.rollback()
    assert status(boss, where) == 404
    assert status(owner, where) == 404
    shown = text_of(boss.get(f"/desk/cases/{reference}?doc={version.document.reference}.1").text)
    assert "nobody can open it" in shown
    assert kind


def test_a_file_the_scanner_does_not_take_is_never_read(
    scanner: Any, send: Any, owner: Any, hands: Any, session: Any
) -> None:
    version = send(paper())
    scanner.verdict = Verdict(ScanResult.UNSCANNABLE, "too large for the scanner")
    hands.scan()
    assert newest(session).scan is ScanResult.UNSCANNABLE
    assert newest(session).state is EvidenceState.RETURNED
    assert status(owner, address(version)) == 409


def test_pages_drawn_before_are_shown_no_more_while_a_file_waits(
    app: Any, scanner: Any, send: Any, owner: Any, hands: Any, session: Any
) -> None:
    where = address(send(paper()))
    hands.scan()
    while draw_next(app.extensions["renditions"], app.extensions["store"]):
        continue
    assert status(owner, f"{where}/pages/1/base") == 200
    for result in (ScanResult.WAITING, ScanResult.UNSCANNED, ScanResult.UNSCANNABLE, ScanResult.INFECTED):
        session.execute(sa.update(DocumentVersion).values(scan=result))
        session.commit()
        assert status(owner, f"{where}/pages/1/base") == 404
        assert status(owner, where) in {404, 409}


def test_without_a_scanner_a_file_is_unscanned_and_the_office_sees_it(
    send: Any, make: Any, browser_for: Any, hands: Any, session: Any
) -> None:
    version = send(paper())
    assert version.scan is ScanResult.UNSCANNED
    assert hands.scan() == 0
    case = make.submitted()
    boss = browser_for(make.coordinator())
    document = case.evidence[0].document_version.document.reference
    shown = text_of(boss.get(f"/desk/cases/{case.reference}?doc={document}.1").text)
    assert "Not checked for viruses" in shown
    assert "No virus found" not in shown


def test_an_administrator_sees_which_files_nobody_checked_and_has_them_checked(
    use_scanner: Any, make: Any, browser_for: Any, send: Any, hands: Any, session: Any
) -> None:
    version = send(paper())
    admin = browser_for(make.person("Ada Admin", Role.SYSTEM_ADMIN))
    before = text_of(admin.get("/admin/files").text)
    assert "There is no virus scanner" in before
    assert version.document.reference in before
    assert admin.post("/admin/files/check", data={"result": "unscanned"}).status_code == 409
    chosen = use_scanner()
    assert "Check these now" in admin.get("/admin/files?result=unscanned").text
    assert admin.post("/admin/files/check", data={"result": "unscanned"}).status_code == 303
    assert newest(session).scan is ScanResult.WAITING
    assert hands.scan() == 1
    assert "Made-up scanner 1" in text_of(admin.get("/admin/files?result=clean").text)
    assert newest(session).scan is ScanResult.CLEAN
    chosen.verdict = None
    assert "does not answer" in text_of(admin.get("/admin/files").text)


def test_the_command_line_has_all_files_looked_at_again(app: Any, scanner: Any, send: Any, hands: Any) -> None:
    send(paper())
    hands.scan()
    run = app.test_cli_runner().invoke
    assert "1 files wait for the check." in run(args=["vetting", "scan", "--again"]).output
    scanner.verdict = INFECTED
    assert hands.scan() == 1
    assert "infected: 1" in run(args=["vetting", "scan"]).output
    scanner.verdict = None
    away = run(args=["vetting", "scan"])
    assert away.exit_code == 1
    assert "does not answer" in away.output


def test_a_real_scanner_from_the_upload_to_the_answer(
    app: Any, send: Any, hands: Any, session: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = Daemon(require_tool("clamd"), tmp_path)
    daemon.start()
    monkeypatch.setitem(app.extensions, "scanner", Clamd(str(daemon.socket)))
    clean, harmful = send(paper()), send(paper(harmful=True))
    assert hands.scan() == 2
    daemon.kill()
    session.expire_all()
    assert session.get_one(DocumentVersion, clean.id).scan is ScanResult.CLEAN
    assert session.get_one(DocumentVersion, harmful.id).scan is ScanResult.INFECTED
    session.rollback()
