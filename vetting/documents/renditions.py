"""Pages of documents as pictures and words, kept beside the store. Derived: the folder may be deleted at any time.

A rendition is addressed by the SHA-256 of its document and holds ``BATCH`` pages, or the harmless copy of all of it.
It appears whole under its name or not at all. What nobody has drawn yet is asked for by a wish, a small file; the
worker takes the oldest first. A wish is not an effect of a step, and asking twice changes nothing, so a page that is
only read may leave one.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vetting.documents.kinds import DRAWN, SHOWN

DRAWN_AS = 2
"""Raised when pages are to be drawn differently: older renditions are then left aside, and swept in time."""

BATCH = 8
COPY = "copy"
SIZES = ("base", "large")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Source:
    """The document that pages are drawn from: its SHA-256, its key in the store, its media type."""

    sha256: str
    key: str
    media_type: str

    @property
    def shown(self) -> bool:
        """Whether this kind of file can be shown here at all."""
        return self.media_type in SHOWN and SHA256.fullmatch(self.sha256) is not None

    @property
    def drawn(self) -> bool:
        """Whether it is shown as pictures; otherwise only its words are."""
        return self.media_type in DRAWN


@dataclass(frozen=True, slots=True)
class Wish:
    """Pages that are asked for. ``waiting``: somebody has them open. ``attempts``: how often drawing them has begun.

    ``killed``: how often whoever drew them was ended from outside; they are left alone until ``not_before`` (seconds
    since 1970, UTC).
    """

    source: Source
    batch: int
    waiting: bool = False
    attempts: int = 0
    killed: int = 0
    not_before: float = 0.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page. ``width`` and ``height`` in points, ``base`` and ``large`` in pixels, all 0 where only words are shown.

    ``outcome`` is ``done`` or says why the page cannot be shown; ``text`` and ``lines`` are its words, ``cut`` says
    that there are more of them.
    """

    page: int
    pages: int
    outcome: str = "done"
    width: float = 0
    height: float = 0
    base: tuple[int, int] = (0, 0)
    large: tuple[int, int] = (0, 0)
    text: str = ""
    lines: tuple[Mapping[str, Any], ...] = ()
    cut: bool = False


def batch_of(page: int) -> int:
    """The batch (from 0) that a page (from 1) belongs to."""
    return (page - 1) // BATCH


def _turn(path: Path) -> tuple[bool, int, str]:
    """When it is a wish's turn: what somebody waits for first, then by age."""
    try:
        return not path.name.startswith("now"), path.stat().st_mtime_ns, path.name
    except FileNotFoundError:
        return True, 0, path.name


class Renditions:
    """The folder with drawn pages and with wishes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    # Reading

    def _folder(self, sha256: str, batch: int | str) -> Path:
        return self.root / sha256[:2] / sha256 / f"{DRAWN_AS}-{batch}"

    def sheet(self, source: Source, page: int) -> Sheet | None:
        """A page (from 1; beyond the end it is the last one), or None while it is not drawn."""
        batch = batch_of(page)
        manifest = self._manifest(source, batch)
        first = manifest if batch == 0 else self._manifest(source, 0)
        if first is None:
            return None
        if first["outcome"] != "done":
            return Sheet(1, 0, first["outcome"])
        pages = int(first["pages"])
        if page > pages:
            return self.sheet(source, pages)
        return None if manifest is None else self._read(source, manifest, page, pages)

    def pages(self, source: Source) -> int:
        """How many pages the document has; 0 while nobody knows."""
        manifest = self._manifest(source, 0)
        return int(manifest["pages"]) if manifest and manifest["outcome"] == "done" else 0

    def picture(self, source: Source, page: int, size: str) -> Path | None:
        """The picture of a page in one of ``SIZES``, or None where there is none."""
        if size not in SIZES or page < 1 or not source.shown:
            return None
        path = self._folder(source.sha256, batch_of(page)) / f"{size}-{page}"
        return path if path.is_file() else None

    def copy(self, source: Source) -> Path | None:
        """The copy of a document without whatever could act, or None while there is none."""
        if not source.shown:
            return None
        path = self._folder(source.sha256, COPY) / COPY
        return path if path.is_file() else None

    def _manifest(self, source: Source, batch: int) -> dict[str, Any] | None:
        if not source.shown:
            return None
        try:
            found: dict[str, Any] = json.loads((self._folder(source.sha256, batch) / "manifest").read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return found

    def _read(self, source: Source, manifest: Mapping[str, Any], page: int, pages: int) -> Sheet:
        if manifest["outcome"] != "done":
            return Sheet(page, pages, manifest["outcome"])
        about: dict[str, Any] = manifest["sheets"][(page - 1) % BATCH]
        if "problem" in about:
            return Sheet(page, pages, about["problem"])
        try:
            words = json.loads((self._folder(source.sha256, batch_of(page)) / f"text-{page}").read_bytes())
        except (FileNotFoundError, ValueError):
            return Sheet(page, pages, "damaged")
        base, large = (tuple(about.get(size, (0, 0))) for size in SIZES)
        return Sheet(
            page=page,
            pages=pages,
            width=about.get("width", 0),
            height=about.get("height", 0),
            text=words["text"],
            lines=tuple(words["lines"]),
            cut=words["cut"],
            base=base,
            large=large,
        )

    # Wishes

    def want(self, source: Source, page: int = 1, *, waiting: bool = False) -> None:
        """Ask for a page (beyond the end the last one), unless it is there or asked for already.

        ``waiting``: somebody has it open now, so it goes before what will only be opened later.
        """
        if not source.shown or page < 1:
            return
        first = self._manifest(source, 0)
        # Until the first pages are drawn nobody knows how many there are.
        pages = max(1, int(first.get("pages", 1))) if first else 1
        wish = Wish(source, batch_of(min(page, pages)), waiting)
        if (first and wish.batch == 0) or self.has(wish) or self._place(wish, waiting=True).exists():
            return
        later = self._place(wish, waiting=False)
        if not later.exists():
            self._write(wish)
        elif waiting:
            # What is asked for already keeps its number of attempts.
            with suppress(FileNotFoundError):
                later.rename(self._place(wish, waiting=True))

    def _write(self, wish: Wish) -> None:
        place = self._place(wish, waiting=wish.waiting)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = place.with_name(f".{secrets.token_hex(8)}")
        fresh.write_text(json.dumps(asdict(wish)), encoding="ascii")
        fresh.rename(place)

    def _place(self, wish: Wish, *, waiting: bool) -> Path:
        return self.root / "wanted" / f"{'now' if waiting else 'soon'}-{wish.source.sha256}.{wish.batch}"

    def wishes(self) -> list[Wish]:
        """What is asked for: first what somebody waits for, the oldest wish first."""
        found = []
        for path in sorted((self.root / "wanted").glob("*-*.*"), key=_turn):
            try:
                said = json.loads(path.read_bytes())
                waiting = path.name.startswith("now")
                found.append(Wish(**{**said, "source": Source(**said["source"]), "waiting": waiting}))
            except FileNotFoundError:
                continue
            except (ValueError, TypeError, KeyError):
                path.unlink(missing_ok=True)
        return found

    def ahead(self, source: Source) -> tuple[int, datetime | None]:
        """How many other documents are drawn before this one, and since when the oldest wish for it stands (UTC)."""
        others: set[str] = set()
        for path in sorted((self.root / "wanted").glob("now-*.*"), key=_turn):
            sha256 = path.name.removeprefix("now-").partition(".")[0]
            if sha256 == source.sha256:
                with suppress(FileNotFoundError):
                    return len(others), datetime.fromtimestamp(path.stat().st_mtime, UTC)
            others.add(sha256)
        return 0, None

    def begun(self, wish: Wish) -> Wish:
        """Note, before it is done, that somebody draws this; the wish goes to the end of the line."""
        again = replace(wish, waiting=False, attempts=wish.attempts + 1)
        self._write(again)
        self._place(wish, waiting=True).unlink(missing_ok=True)
        return again

    def put_off(self, wish: Wish, until: datetime) -> None:
        """Drawing ``wish`` was ended from outside: no attempt counts, and it is not its turn before a moment (UTC)."""
        self._write(replace(wish, waiting=False, killed=wish.killed + 1, not_before=until.timestamp()))

    def forget(self, wish: Wish) -> None:
        """Nobody waits for this any more."""
        for waiting in (True, False):
            self._place(wish, waiting=waiting).unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else on this machine draws now; ends with the process however that ends."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.root / ".lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    # Writing

    def has(self, wish: Wish) -> bool:
        """Whether what was asked for is there."""
        return self._manifest(wish.source, wish.batch) is not None

    def publish(self, wish: Wish, manifest: Mapping[str, Any], parts: Mapping[str, bytes]) -> None:
        """Put a batch in its place, all of it in one step, and take the wish away."""
        if not self.has(wish):
            self._place_whole(
                self._folder(wish.source.sha256, wish.batch),
                {**parts, "manifest": json.dumps(manifest).encode("ascii")},
            )
        self.forget(wish)

    def keep_copy(self, source: Source, body: bytes) -> None:
        """Put the harmless copy of a document in its place."""
        self._place_whole(self._folder(source.sha256, COPY), {COPY: body})

    def _place_whole(self, final: Path, parts: Mapping[str, bytes]) -> None:
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        making = self.root / f".making-{secrets.token_hex(8)}"
        making.mkdir(mode=0o700)
        try:
            for name, body in parts.items():
                with (making / name).open("xb") as out:
                    out.write(body)
                    out.flush()
                    os.fsync(out.fileno())
            shutil.rmtree(final, ignore_errors=True)
            making.rename(final)
        finally:
            shutil.rmtree(making, ignore_errors=True)

    def sweep(self, before: datetime, keep: Container[str] = frozenset()) -> int:
        """Remove what was drawn before a moment, and what was left half done by then, but for the hashes in ``keep``.

        Returns how many folders went.
        """
        gone = 0
        for folder in (*self.root.glob("??/*/*-*"), *self.root.glob(".making-*")):
            if folder.parent.name in keep:
                continue
            with suppress(FileNotFoundError):
                if folder.stat().st_mtime < before.timestamp():
                    shutil.rmtree(folder, ignore_errors=True)
                    gone += 1
        return gone
