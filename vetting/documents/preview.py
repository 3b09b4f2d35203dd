"""What a document says, for reading beside a checklist: one page at a time, taken out by a limited child."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vetting.documents.process import ChildDied, ChildTimedOut, Limits, run_child
from vetting.documents.words import READERS

LIMITS = Limits(wall_seconds=15.0, cpu_seconds=8, memory_bytes=800_000_000)


@dataclass(frozen=True, slots=True)
class PageWords:
    """The text of page `page` of `pages`; empty where a page holds only pictures."""

    page: int
    pages: int
    text: str


def readable(media_type: str) -> bool:
    """Whether words can be taken out of this kind of file."""
    return media_type in READERS


@lru_cache(maxsize=128)
def words_on(path: Path, media_type: str, page: int) -> PageWords | None:
    """The words on one page, or None where they cannot be read. The path names its content, so answers can be kept."""
    try:
        answer = run_child("words", {"media_type": media_type, "page": page}, {"document": path.read_bytes()}, LIMITS)
    except (ChildTimedOut, ChildDied):
        return None
    pages = int(str(answer.data["pages"]))
    return PageWords(min(max(1, page), pages), pages, answer.parts["text"].decode("utf-8", "replace"))
