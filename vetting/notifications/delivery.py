"""Where mail goes: files in a local spool, or a mail server by setting.

A file is named by the outbox key, so that delivering the same message again replaces the same file. A mail server
gets a Message-ID made from the key; only a crash between its acceptance and our marking can repeat a mail.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from vetting import clock
from vetting.notifications.mail import Mail

TIMEOUT_SECONDS = 20


class Carrier(Protocol):
    """Takes a mail away. Raises when it could not."""

    def send(self, mail: Mail) -> str: ...


class SenderRefused(Exception):
    """The server will never take this mail (a 5xx answer), so trying again is of no use."""


def message_id(mail: Mail, domain: str) -> str:
    """The same for every attempt at the same mail."""
    return f"<{hashlib.sha256(mail.key.encode()).hexdigest()[:40]}@{domain}>"


def composed(mail: Mail, sender: str) -> EmailMessage:
    """The mail as plain text with an HTML alternative. Line ends in headers are refused by the library."""
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = message_id(mail, sender.rpartition("@")[2])
    message["Date"] = format_datetime(clock.now())
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


class Spool:
    """Mail as files in a folder, for development and demonstrations."""

    def __init__(self, folder: Path, sender: str) -> None:
        self.folder = folder
        self.sender = sender
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def send(self, mail: Mail) -> str:
        name = spool_name(mail.key)
        temporary = self.folder / f".{name}.part"
        temporary.write_bytes(composed(mail, self.sender).as_bytes())
        temporary.rename(self.folder / name)
        return name


def spool_name(key: str) -> str:
    """The spool file of an outbox key: readable, and unique through a digest of the whole key."""
    readable = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")[:80]
    return f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.eml"


class MailServer:
    """An SMTP server: ``smtp://user:password@host:587`` (STARTTLS where offered) or ``smtps://``."""

    def __init__(self, url: str, sender: str) -> None:
        self.url = urlsplit(url)
        self.sender = sender

    def send(self, mail: Mail) -> str:
        host = self.url.hostname or "localhost"
        tls = ssl.create_default_context()
        if self.url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, self.url.port or 465, timeout=TIMEOUT_SECONDS, context=tls)
        else:
            server = smtplib.SMTP(host, self.url.port or 25, timeout=TIMEOUT_SECONDS)
        with server:
            if self.url.scheme != "smtps" and server.has_extn("starttls"):
                server.starttls(context=tls)
            if self.url.username:
                server.login(unquote(self.url.username), unquote(self.url.password or ""))
            try:
                server.send_message(composed(mail, self.sender))
            except smtplib.SMTPRecipientsRefused as error:
                codes = [code for code, _ in error.recipients.values()]
                if all(500 <= code < 600 for code in codes):
                    raise SenderRefused(f"{mail.to} was refused: {codes}") from error
                raise
        return "sent"


def carrier(smtp_url: str, spool: Path, sender: str) -> Carrier:
    """The mail server where one is set, else the spool."""
    return MailServer(smtp_url, sender) if smtp_url else Spool(spool, sender)
