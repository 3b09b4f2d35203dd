"""The people of the journey: each has a browser of their own and reads their own mail."""

from __future__ import annotations

import email
import email.policy
import re
import time
from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

MAIL_SECONDS = 90


class Person:
    """Somebody with a browser. Words on the page are how they find their way."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        spool: Path,
        name: str,
        address: str,
        *,
        width: int = 1280,
        scripts: bool = True,
    ) -> None:
        self.context = browser.new_context(
            base_url=url, viewport={"width": width, "height": 900}, java_script_enabled=scripts
        )
        self.context.set_default_timeout(30_000)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda line: self._note(line.type, line.text))
        self.spool = spool
        self.name = name
        self.address = address

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and "Content Security Policy" in text:
            self.faults.append(text)

    def go(self, path: str) -> None:
        self.page.goto(path)

    def click(self, words: str) -> None:
        """Click the button or link with these words in the page's own part."""
        main = self.page.locator("main")
        found = main.get_by_role("button", name=words, exact=True).or_(main.get_by_role("link", name=words, exact=True))
        found.first.click()
        self.page.wait_for_load_state("domcontentloaded")

    def leave_by(self, way: Locator) -> None:
        """Click what leads to another page and wait until that page stands there whole."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            way.click()

    def reference(self, kind: str) -> str:
        """The reference of this kind (VET, AGR) in the address of the page that comes next."""
        self.page.wait_for_url(re.compile(rf"{kind}-[A-Z0-9-]+"))
        return str(re.findall(rf"{kind}-[A-Z0-9-]+", self.page.url)[0])

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).first.fill(value)

    def sees(self, words: str | re.Pattern[str]) -> None:
        """The words stand somewhere on the page."""
        expect(self.page.locator("body")).to_contain_text(words)

    def does_not_see(self, words: str) -> None:
        expect(self.page.locator("main")).not_to_contain_text(words)

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def mail(self, subject: str, *, after: int = 0) -> EmailMessage:
        """The newest mail to this person whose subject contains the words; waits for the worker to deliver it."""
        end = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < end:
            found = [m for m in self._mails() if subject in m["Subject"]]
            if len(found) > after:
                return found[-1]
            time.sleep(0.1)
        subjects = [m["Subject"] for m in self._mails()]
        raise AssertionError(f"no mail about {subject!r} reached {self.address}; there are {subjects}")

    def _mails(self) -> list[EmailMessage]:
        found = []
        for path in sorted(self.spool.glob("*.eml"), key=lambda p: p.stat().st_mtime):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if self.address in message["To"]:
                found.append(message)
        return found

    def follow_link(self, message: EmailMessage) -> None:
        """Open the one link of a mail."""
        self.go(links_in(message)[0])

    def sign_in(self, password: str) -> None:
        self.go("/sign-in")
        self.page.get_by_label("E-mail address").fill(self.address)
        self.page.get_by_label("Password").fill(password)
        self.click("Sign in")
        expect(self.page.locator("header")).to_contain_text(self.name)

    def enter_mailed_code(self, button: str, subject: str) -> None:
        """Ask for a code by e-mail on the page that is open, and enter it there."""
        before = len([m for m in self._mails() if subject in m["Subject"]])
        self.click(button)
        code = re.search(r"\b(\d{4} ?\d{4})\b", text_of(self.mail(subject, after=before)))
        assert code is not None
        self.page.get_by_label("Code", exact=True).fill(code[1])
        self.click("Continue")

    def sign_in_with_code(self) -> None:
        self.go("/sign-in")
        self.page.get_by_label("E-mail address").fill(self.address)
        before = len([m for m in self._mails() if "code" in m["Subject"]])
        self.click("E-mail me a code instead")
        code = re.search(r"\b(\d{4} ?\d{4})\b", text_of(self.mail("code", after=before)))
        assert code is not None
        self.page.get_by_label(re.compile("code", re.IGNORECASE)).first.fill(code[1])
        self.page.locator("main form").first.locator("button").first.click()
        expect(self.page.locator("header")).to_contain_text(self.name)


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def links_in(message: EmailMessage) -> list[str]:
    """Addresses in the plain text of a mail."""
    return re.findall(r"https?://\S+", text_of(message))
