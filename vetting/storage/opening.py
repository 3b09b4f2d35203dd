"""Which store the settings name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from vetting.storage.base import Store
from vetting.storage.local import LocalStore

ASKABLE = frozenset({"endpoint", "region", "style", "seconds"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SECONDS = 10
"""How long one request to a bucket may take, unless the address says otherwise."""

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*|")


class WrongAddress(ValueError):
    """The store's address or its keys cannot be used; the message says which setting and why, in one sentence."""


@dataclass(frozen=True)
class Bucket:
    """Where and how a bucket is reached. ``by_host``: its name is a part of the host's name, as at Amazon."""

    name: str
    prefix: str
    endpoint: str
    region: str
    by_host: bool
    seconds: float
    access_key: str
    secret_key: str = field(repr=False)


def open_store(url: str, otherwise: Path, access_key: str = "", secret_key: str = "") -> Store:
    """The store at ``url``: ``file:`` (``otherwise``, or the folder it names) or ``s3://bucket/prefix?endpoint=...``.

    Talks to nobody yet. Raises ``WrongAddress``.
    """
    parts = urlsplit(url or "file:")
    if parts.scheme == "file":
        return LocalStore(_folder(url, otherwise))
    if parts.scheme != "s3":
        raise WrongAddress(f"STORE_URL must begin with file: or s3://, not {parts.scheme or url!r}.")
    bucket = bucket_of(url, access_key, secret_key)
    # Only a copy that keeps its files there needs the library.
    from vetting.storage.s3 import S3Bucket

    return S3Bucket(bucket)


def _folder(url: str, otherwise: Path) -> Path:
    parts = urlsplit(url or "file:")
    if parts.netloc or parts.query or (parts.path and not parts.path.startswith("/")):
        raise WrongAddress("STORE_URL must name a folder from the root, like file:///srv/vetting/store, or be file:")
    return Path(parts.path) if parts.path else otherwise


def bucket_of(url: str, access_key: str, secret_key: str) -> Bucket:
    """The bucket that an ``s3://`` address names. Raises ``WrongAddress``."""
    parts = urlsplit(url)
    if not _BUCKET.fullmatch(parts.netloc):
        raise WrongAddress(f"STORE_URL must name a bucket after s3://, and {parts.netloc!r} cannot be one.")
    prefix = parts.path.strip("/")
    if not _PREFIX.fullmatch(prefix) or {".", ".."} & set(prefix.split("/")):
        raise WrongAddress("STORE_URL must have a prefix of letters, digits, dots, hyphens and underscores only.")
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(asked.keys() - ASKABLE):
        raise WrongAddress(f"STORE_URL knows {', '.join(sorted(ASKABLE))}, not {', '.join(unknown)}.")
    style = asked.get("style", "path" if asked.get("endpoint") else "host")
    if style not in {"path", "host"}:
        raise WrongAddress(f"STORE_URL must have the style path or host, not {style!r}.")
    for name, value in (("STORE_ACCESS_KEY", access_key), ("STORE_SECRET_KEY", secret_key)):
        if not value:
            raise WrongAddress(f"{name} must be set for a store in a bucket.")
    return Bucket(
        name=parts.netloc,
        prefix=prefix,
        endpoint=_endpoint(asked.get("endpoint", "")),
        region=asked.get("region") or "us-east-1",
        by_host=style == "host",
        seconds=_seconds(asked.get("seconds", "")),
        access_key=access_key,
        secret_key=secret_key,
    )


def _endpoint(url: str) -> str:
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise WrongAddress("STORE_URL must have an endpoint that begins with https://.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise WrongAddress("STORE_URL must have an endpoint that begins with https:// unless it is on this machine.")
    return url.rstrip("/")


def _seconds(said: str) -> float:
    try:
        seconds = float(said or SECONDS)
    except ValueError:
        seconds = 0
    if not 0.1 <= seconds <= 60:
        raise WrongAddress("STORE_URL must have between 0.1 and 60 seconds for one request.")
    return seconds
