"""A store in a bucket that speaks S3.

Bytes are on this machine's disk when they come here, so they are hashed before the first of them is sent: what arrives
has its final name, and it appears whole or not at all. Only large files are sent in parts, few at a time, so no file
is held in memory as a whole.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import obstore
from obstore.exceptions import BaseError

from vetting.storage.base import (
    CHUNK,
    NO_ROOM,
    Held,
    Missing,
    Stored,
    StoreFull,
    StoreProblem,
    StoreUnreachable,
    TooLarge,
    hash_in,
    key_of,
)

if TYPE_CHECKING:
    from obstore.store import S3Store

    from vetting.storage.opening import Bucket

PART = 5 * CHUNK
PARTS_AT_ONCE = 2
READ_AHEAD = 2 * CHUNK

REAPING = "reaping"
REAPING_SECONDS = 120
"""How long a mark protects what is stored while its older self is removed: longer than a removal can take."""

GLANCE = timedelta(milliseconds=800)
GLANCE_KEPT_SECONDS = 5.0

_FULL = ("507 ", "QuotaExceeded", "StorageFull", "InsufficientStorage")


def connect(bucket: Bucket, timeout: timedelta, retries: int) -> S3Store:
    """A client of a bucket whose every request ends in time."""
    from obstore.store import S3Store

    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        endpoint=bucket.endpoint or None,
        region=bucket.region,
        access_key_id=bucket.access_key,
        secret_access_key=bucket.secret_key,
        virtual_hosted_style_request=bucket.by_host,
        # The other side checks what arrives against a hash of what was sent.
        checksum_algorithm="sha256",
        client_options={
            "allow_http": bucket.endpoint.startswith("http://"),
            "connect_timeout": min(timeout, timedelta(seconds=3)),
            "timeout": timeout,
        },
        retry_config={
            "max_retries": retries,
            "retry_timeout": timeout * (retries + 1),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=1),
                "base": 2,
            },
        },
    )


class S3Bucket:
    """Objects below one prefix of a bucket, named by their SHA-256."""

    def __init__(self, bucket: Bucket) -> None:
        self._client = connect(bucket, timedelta(seconds=bucket.seconds), retries=2)
        self._glancing = connect(bucket, GLANCE, retries=0)
        self._glanced: tuple[float, StoreProblem | None] | None = None

    def put(self, stream: BinaryIO, *, area: str, limit: int | None = None, file: Path | None = None) -> Stored:
        """See ``Store.put``. Bytes are sent in any case."""
        with _on_disk(stream, limit) as (source, sha256, size):
            key = key_of(area, sha256)
            with _told():
                obstore.put(self._client, key, source, chunk_size=PART, max_concurrency=PARTS_AT_ONCE)
                self._not_being_reaped(key)
        return Stored(key=key, sha256=sha256, size=size)

    def _not_being_reaped(self, key: str) -> None:
        """Whoever removes leaves a mark first and looks at the age then, so one of the two sees the other."""
        try:
            mark = obstore.head(self._client, f"{REAPING}/{key}")
        except FileNotFoundError:
            return
        now = obstore.head(self._client, key)["last_modified"]
        if now - mark["last_modified"] < timedelta(seconds=REAPING_SECONDS):
            raise StoreUnreachable(f"{key} is just being removed")

    def open(self, key: str) -> BinaryIO:
        """See ``Store.open``."""
        return cast(BinaryIO, io.BufferedReader(_Object(self._client, key, self.size(key)), READ_AHEAD))

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """See ``Store.local``: a copy, gone after the block."""
        size = self.size(key)
        with tempfile.NamedTemporaryFile(prefix="vetting-store-") as copy:
            for start in range(0, size, READ_AHEAD):
                piece = _range(self._client, key, start, min(READ_AHEAD, size - start))
                with _room():
                    copy.write(piece)
            with _room():
                copy.flush()
            yield Path(copy.name)

    def size(self, key: str) -> int:
        """See ``Store.size``."""
        hash_in(key)
        with _told(key):
            return obstore.head(self._client, key)["size"]

    def keys(self, area: str) -> Iterator[str]:
        """See ``Store.keys``."""
        for held in self._listed(f"{area}/"):
            yield held.name

    def remove(self, key: str) -> None:
        """See ``Store.remove``."""
        try:
            hash_in(key)
            with _told(key):
                obstore.delete(self._client, key)
        except Missing:
            return

    def reap(self, name: str, before: datetime) -> bool:
        """See ``Store.reap``."""
        mark = f"{REAPING}/{name}"
        began = time.monotonic()
        with _told():
            # Should anything here fail, the mark stays for as long as it counts.
            obstore.put(self._client, mark, b"-", use_multipart=False)
            try:
                old = obstore.head(self._client, name)["last_modified"] < before
            except FileNotFoundError:
                gone = True
            else:
                gone = old and time.monotonic() - began < REAPING_SECONDS / 4
                if gone:
                    obstore.delete(self._client, name)
            obstore.delete(self._client, mark)
        return gone

    def everything(self) -> Iterator[Held]:
        """See ``Store.everything``."""
        return self._listed(None)

    def _listed(self, prefix: str | None) -> Iterator[Held]:
        with _told():
            for batch in obstore.list(self._client, prefix=prefix):
                for found in batch:
                    yield Held(found["path"], found["size"], found["last_modified"])

    def check(self) -> None:
        """See ``Store.check``. Somebody asks often, so an answer counts for a few seconds."""
        now = time.monotonic()
        if self._glanced is None or now - self._glanced[0] > GLANCE_KEPT_SECONDS:
            self._glanced = (now, self._glance())
        if self._glanced[1] is not None:
            raise self._glanced[1]

    def _glance(self) -> StoreProblem | None:
        try:
            with _told():
                next(iter(obstore.list(self._glancing, prefix=REAPING)), None)
        except StoreProblem as problem:
            return problem
        return None


class _Object(io.RawIOBase):
    """An object read by ranges: each is asked for anew, so a connection that is cut costs one of them."""

    def __init__(self, client: S3Store, key: str, size: int) -> None:
        self._client = client
        self._key = key
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        piece = _range(self._client, self._key, self._at, min(len(view), self._size - self._at))
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def readall(self) -> bytes:
        piece = _range(self._client, self._key, self._at, self._size - self._at)
        self._at += len(piece)
        return piece


def _range(client: S3Store, key: str, start: int, length: int) -> bytes:
    if length <= 0:
        return b""
    with _told(key):
        piece = obstore.get_range(client, key, start=start, length=length).to_bytes()
    if len(piece) != length:
        raise StoreUnreachable(f"{key}: {len(piece)} of {length} bytes came")
    return piece


@contextmanager
def _on_disk(stream: BinaryIO, limit: int | None) -> Iterator[tuple[BinaryIO, str, int]]:
    """The bytes where they can be read twice, with their hash and size. Raises ``TooLarge``."""
    if stream.seekable():
        start = stream.tell()
        sha256, size = _measured(stream, limit, None)
        stream.seek(start)
        yield stream, sha256, size
        return
    with tempfile.TemporaryFile(prefix="vetting-store-") as spool:
        sha256, size = _measured(stream, limit, spool)
        spool.seek(0)
        yield cast(BinaryIO, spool), sha256, size


def _measured(stream: BinaryIO, limit: int | None, copy: Any) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if limit is not None and size > limit:
            raise TooLarge(limit)
        digest.update(chunk)
        if copy is not None:
            with _room():
                copy.write(chunk)
    if copy is not None:
        with _room():
            copy.flush()
    return digest.hexdigest(), size


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StoreFull(str(error)) from error
        raise


@contextmanager
def _told(key: str = "") -> Iterator[None]:
    """The errors of the other side in the words of a store; without a ``key``, what is missing is the bucket."""
    try:
        yield
    except FileNotFoundError as error:
        if key:
            raise Missing(key) from error
        raise StoreUnreachable(_short(error)) from error
    except (BaseError, OSError, ValueError) as error:
        said = _short(error)
        raise (StoreFull if any(word in said for word in _FULL) else StoreUnreachable)(said) from error


def _short(error: Exception) -> str:
    """What happened without the debugging that follows, and without the answer's own pages."""
    return str(error).partition("\n\nDebug source")[0][:500]
