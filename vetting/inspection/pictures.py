"""A picture has a sane number of pixels, and all of them can be read."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from vetting.inspection import archives

LARGEST_PIXELS = 80_000_000
HEADER_SEARCHED = 1024
"""PDF readers take a file for theirs when the sign of a PDF stands anywhere in its first kilobyte."""


def look(kind: str, path: str) -> dict[str, object]:
    """The verdict on a picture of the one kind that its sign says."""
    with Path(path).open("rb") as stream:
        if b"%PDF-" in stream.read(HEADER_SEARCHED) or archives.ends_as_one(stream):
            return {"verdict": "two"}
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path, formats=(kind.upper(),)) as image:
        if image.width * image.height > LARGEST_PIXELS:
            return {"verdict": "too_large"}
        image.load()
    return {"verdict": "good", "format": kind, "pages": 1}
