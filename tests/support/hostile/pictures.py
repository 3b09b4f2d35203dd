"""Pictures that flood, lie, or carry something else with them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

from PIL import Image

from tests.support.hostile.case import ANY, GOOD, REFUSED, Hostile, Table

PNG = b"\x89PNG\r\n\x1a\n"
MEGABYTE = 1_000_000


def archive() -> bytes:
    """A small zip with a program of another kind inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("META-INF/MANIFEST.MF", "Main-Class: Made.Up\n")
        package.writestr("Made/Up.class", b"\xca\xfe\xba\xbe")
    return out.getvalue()


def chunk(kind: bytes, body: bytes, crc: int | None = None) -> bytes:
    """One part of a PNG."""
    return (
        struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body) if crc is None else crc)
    )


def head(width: int, height: int, depth: int = 8, color: int = 2, interlace: int = 0) -> bytes:
    """The header part of a PNG."""
    return chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, depth, color, 0, 0, interlace))


@cache
def packed(size: int) -> bytes:
    """Zeros that unpack to ``size`` bytes."""
    squeeze = zlib.compressobj(6)
    block = bytes(MEGABYTE)
    parts = [squeeze.compress(block) for _ in range(size // MEGABYTE)]
    return b"".join([*parts, squeeze.compress(bytes(size % MEGABYTE)), squeeze.flush()])


def png(*parts: bytes, width: int = 2, height: int = 2) -> bytes:
    """A small sound PNG with further parts before its points."""
    points = zlib.compress(b"".join(b"\0" + b"\x80\x20\x20" * width for _ in range(height)))
    return PNG + head(width, height) + b"".join(parts) + chunk(b"IDAT", points) + chunk(b"IEND", b"")


def jpeg(**options: object) -> bytes:
    """A small sound JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(out, "JPEG", **options)
    return out.getvalue()


def marked(marker: int, body: bytes) -> bytes:
    """A small JPEG with one more segment at its beginning."""
    return b"\xff\xd8" + bytes([0xFF, marker]) + struct.pack("!H", len(body) + 2) + body + jpeg()[2:]


def exif(entries: bytes, count: int, following: int = 0) -> bytes:
    """A JPEG with a directory of the given entries."""
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<H", count) + entries + struct.pack("<I", following)
    return marked(0xE1, b"Exif\0\0" + tiff)


def sized(width: int, height: int) -> bytes:
    """A JPEG whose header promises a size."""
    plain = bytearray(jpeg())
    at = plain.index(b"\xff\xc0") + 5
    plain[at : at + 4] = struct.pack("!HH", height, width)
    return bytes(plain)


def scans(count: int) -> bytes:
    """A progressive JPEG that paints itself again and again."""
    out = io.BytesIO()
    Image.new("RGB", (2000, 2000)).save(out, "JPEG", progressive=True)
    plain = out.getvalue()
    at = plain.rindex(b"\xff\xda")
    return plain[:at] + plain[at:-2] * count + b"\xff\xd9"


def frames(count: int) -> bytes:
    """An animated PNG that promises ``count`` frames."""
    frame = b"".join(
        chunk(b"fcTL", struct.pack("!IIIIIHHBB", number, 2, 2, 0, 0, 1, 10, 0, 0)) for number in range(200)
    )
    return png(chunk(b"acTL", struct.pack("!II", count, 0)), frame)


SCRIPT = b"<html><script>fetch('http://203.0.113.9/')</script></html>"

FLOODS: dict[str, Callable[[], bytes]] = {
    "png of 100000 x 100000": lambda: PNG + head(100_000, 100_000) + chunk(b"IDAT", packed(MEGABYTE)),
    "png of 65535 x 65535": lambda: PNG + head(65_535, 65_535, 1, 0) + chunk(b"IDAT", packed(MEGABYTE)),
    "png of 2147483647 x 1": lambda: PNG + head(2**31 - 1, 1) + chunk(b"IDAT", packed(MEGABYTE)),
    "png of 1 x 2147483647": lambda: PNG + head(1, 2**31 - 1) + chunk(b"IDAT", packed(MEGABYTE)),
    "png of 9000 x 9000 in 16 bits": lambda: PNG + head(9000, 9000, 16, 6) + chunk(b"IDAT", packed(MEGABYTE)),
    "png in lace of 9000 x 9000": lambda: PNG + head(9000, 9000, 8, 6, 1) + chunk(b"IDAT", packed(MEGABYTE)),
    "jpeg of 65535 x 65535": lambda: sized(65_535, 65_535),
    "jpeg of 65000 x 2000": lambda: sized(65_000, 2000),
}

BROKEN: dict[str, Callable[[], bytes]] = {
    "png sign alone": lambda: PNG,
    "png without points": lambda: PNG + head(4, 4) + chunk(b"IEND", b""),
    "png of no width": lambda: PNG + head(0, 4) + chunk(b"IDAT", b"x"),
    "png of a strange depth": lambda: PNG + head(4, 4, 77) + chunk(b"IDAT", b"x"),
    "png of a strange color": lambda: PNG + head(4, 4, 8, 99) + chunk(b"IDAT", b"x"),
    "png with a wrong sum": lambda: PNG + head(4, 4)[:-1] + b"x" + chunk(b"IDAT", b"x"),
    "png cut short": lambda: png(width=400, height=400)[:120],
    "png of 8900 x 8900 that ends at once": lambda: PNG + head(8900, 8900) + chunk(b"IDAT", packed(MEGABYTE)),
    "png part of two gigabytes": lambda: PNG + head(4, 4) + struct.pack("!I", 2**31 - 1) + b"IDAT" + b"x" * 99,
    "png with points that are none": lambda: PNG + head(4, 4) + chunk(b"IDAT", b"noise" * 9) + chunk(b"IEND", b""),
    "jpeg sign alone": lambda: b"\xff\xd8\xff",
    "jpeg cut short": lambda: jpeg(quality=99)[:300],
    "jpeg of 0 x 0": lambda: sized(0, 0),
    "jpeg of markers": lambda: b"\xff\xd8" + b"\xff\xd0" * 500_000,
    "jpeg without tables": lambda: jpeg().replace(b"\xff\xdb", b"\xff\xfe"),
    "jpeg of noise": lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40,
    "jpeg with a segment beyond its end": lambda: b"\xff\xd8\xff\xe1\xff\xff" + b"x" * 20,
}

CARRIERS: dict[str, Callable[[], bytes]] = {
    "png that is a zip": lambda: png() + archive(),
    "png that is a zip with a note": lambda: png() + archive()[:-2] + struct.pack("<H", 5) + b"words",
    "png that is an empty zip": lambda: png() + b"PK\x05\x06" + b"\0" * 18,
    "png with the sign of a pdf": lambda: png(chunk(b"tEXt", b"Comment\0%PDF-1.7\n1 0 obj")),
    "jpeg that is a java archive": lambda: jpeg() + archive(),
    "jpeg that is an empty zip": lambda: jpeg() + b"PK\x05\x06" + b"\0" * 18,
    "jpeg with the sign of a pdf": lambda: marked(0xFE, b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj"),
}

HARMLESS: dict[str, Callable[[], bytes]] = {
    "jpeg with a page in its comment": lambda: marked(0xFE, SCRIPT),
    "jpeg with a page after its end": lambda: jpeg() + SCRIPT,
    "jpeg with a program in its comment": lambda: marked(0xFE, b"<?php system($_GET[0]); ?>"),
    "jpeg with a script in its camera": lambda: marked(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + SCRIPT),
    "jpeg with entities in its description": lambda: marked(
        0xE1, b'http://ns.adobe.com/xap/1.0/\0<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    ),
    "png with a page in its words": lambda: png(chunk(b"tEXt", b"Title\0" + SCRIPT)),
    "png with a page after its end": lambda: png() + SCRIPT,
    "png with a program after its end": lambda: png() + b"MZ" + b"\0" * 500,
}

LOOSE: dict[str, Callable[[], bytes]] = {
    "jpeg of a rare code": lambda: jpeg().replace(b"\xff\xc0", b"\xff\xc9"),
    "jpeg without codes": lambda: jpeg().replace(b"\xff\xc4", b"\xff\xfe"),
    "jpeg that paints itself 3000 times": lambda: scans(3000),
    "jpeg whose directory follows itself": lambda: exif(b"", 0, 8),
    "jpeg whose directory counts four billion": lambda: exif(struct.pack("<HHII", 0x8769, 4, 0xFFFFFFFF, 8), 1),
    "jpeg whose directory points into itself": lambda: exif(struct.pack("<HHII", 0x8769, 4, 1, 8), 1),
    "jpeg with 60000 entries": lambda: exif(struct.pack("<HHII", 0x010E, 2, 9, 9) * 5000, 60_000),
    "jpeg with many tables": lambda: b"\xff\xd8" + (b"\xff\xdb\x00\x43\x00" + b"\x01" * 64) * 20_000 + jpeg()[2:],
    "jpeg with many comments": lambda: b"\xff\xd8" + (b"\xff\xfe\x00\x04ab") * 200_000 + jpeg()[2:],
    "jpeg with two sizes": lambda: jpeg()[:-2] + sized(9000, 9000)[2:],
    "png with words of 300 MB": lambda: png(chunk(b"zTXt", b"a\0\0" + packed(300 * MEGABYTE))),
    "png with world words of 300 MB": lambda: png(chunk(b"iTXt", b"a\0\x01\0\0\0" + packed(300 * MEGABYTE))),
    "png with colors of 300 MB": lambda: png(chunk(b"iCCP", b"a\0\0" + packed(300 * MEGABYTE))),
    "png with words again and again": lambda: png(chunk(b"zTXt", b"a\0\0" + packed(MEGABYTE)) * 200),
    "png of 100000 parts": lambda: png(chunk(b"tEXt", b"a\0b") * 100_000),
    "png of points of 300 MB": lambda: PNG + head(4, 4) + chunk(b"IDAT", packed(300 * MEGABYTE)) + chunk(b"IEND", b""),
    "png of four billion frames": lambda: frames(2**32 - 1),
    "png of 200 frames": lambda: frames(200),
    "png with a second header": lambda: png(head(60_000, 60_000)),
}


SLOW = frozenset({"jpeg that paints itself 3000 times"})


def table() -> Table:
    """All of them under their own kind of name."""
    for must, files in (
        ("too_large", FLOODS), (REFUSED, BROKEN), ("two", CARRIERS), (GOOD, HARMLESS), (ANY, LOOSE),
    ):  # fmt: skip
        for name, build in files.items():
            # What promises many points is refused for that, or for not having them.
            expected = REFUSED if name.startswith("png of 9000") else must
            yield Hostile(name, f"photo.{name[:4].strip().replace('jpeg', 'jpg')}", build, expected, slow=name in SLOW)
    yield Hostile("jpeg under the name of a pdf", "proof.pdf", jpeg, "misnamed")
    yield Hostile("png under the name of a word file", "proof.docx", png, "misnamed")
