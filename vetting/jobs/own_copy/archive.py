"""Everything in one zip, written as a stream: safe and unique names, and a manifest of what each file must be."""

from __future__ import annotations

import hashlib
import json
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from vetting.clock import DISTRICT_ZONE
from vetting.storage import CHUNK

MANIFEST = "manifest.json"
LONGEST = 100
"""Most characters of one name, so that a folder of a folder still fits where it is unpacked."""

_FORBIDDEN = frozenset('<>:"/\\|?*')
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)


def safe_name(name: str, otherwise: str = "file") -> str:
    """A file name that every system takes and that cannot leave its folder."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    shown = "".join("_" if letter in _FORBIDDEN else letter for letter in last if _is_shown(letter))
    shown = " ".join(shown.split()).strip(". ")
    stem, dot, end = shown.rpartition(".")
    if not dot or len(end) > 10:
        stem, end = shown, ""
    if stem.casefold() in _RESERVED:
        stem = f"{stem}_"
    stem = stem[: LONGEST - len(end) - 1].strip(". ") or otherwise
    return f"{stem}.{end}" if end else stem


def _is_shown(letter: str) -> bool:
    """Not a control, format or half character: those hide or turn around what a name says."""
    return unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass
class Names:
    """Names that were given out already, whatever their case."""

    taken: set[str] = field(default_factory=set)

    def unique(self, folder: str, name: str) -> str:
        """``folder/name``, or with a number where that is taken."""
        clean = safe_name(name)
        stem, dot, end = clean.rpartition(".")
        stem, end = (stem, f".{end}") if dot else (clean, "")
        number, path = 1, f"{folder}{clean}"
        while path.casefold() in self.taken:
            number += 1
            path = f"{folder}{stem} ({number}){end}"
        self.taken.add(path.casefold())
        return path


class Archive:
    """A zip that is being written to a file. Nothing larger than one piece of a file is held in memory."""

    def __init__(self, path: Path, at: datetime) -> None:
        self.names = Names({MANIFEST})
        self.listed: list[Mapping[str, str | int]] = []
        # The same facts at the same moment give the same bytes; a zip keeps local times to two seconds.
        local = at.astimezone(DISTRICT_ZONE)
        self.moment = (max(local.year, 1980), local.month, local.day, local.hour, local.minute, local.second // 2 * 2)
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            body = json.dumps({"algorithm": "SHA-256", "files": self.listed}, indent=1, ensure_ascii=False)
            self.zip.writestr(self._info(MANIFEST), body.encode("utf-8"))
        self.zip.close()

    def text(self, name: str, body: str) -> None:
        """Add a text that we made, under exactly this name."""
        self.bytes(name, body.encode("utf-8"))

    def bytes(self, name: str, body: bytes) -> None:
        """Add bytes that we made, under exactly this name."""
        self.names.taken.add(name.casefold())
        self.zip.writestr(self._info(name), body)
        self.listed.append({"file": name, "sha256": hashlib.sha256(body).hexdigest(), "size": len(body)})

    def stream(self, name: str, source: BinaryIO) -> str:
        """Add a file piece by piece. Returns its SHA-256."""
        digest, size = hashlib.sha256(), 0
        # Documents are compressed by their own formats already.
        with self.zip.open(self._info(name, zipfile.ZIP_STORED), "w", force_zip64=True) as out:
            while piece := source.read(CHUNK):
                digest.update(piece)
                size += len(piece)
                out.write(piece)
        self.listed.append({"file": name, "sha256": digest.hexdigest(), "size": size})
        return digest.hexdigest()

    def _info(self, name: str, how: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self.moment)
        info.compress_type = how
        info.external_attr = 0o644 << 16
        return info
