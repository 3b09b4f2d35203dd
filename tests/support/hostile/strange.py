"""Files that are not of a kind we take, whatever their name says."""

from __future__ import annotations

import random

from tests.support.hostile.case import Hostile, Table, fixed

PROGRAMS = {
    "windows program": b"MZ\x90\x00\x03\x00\x00\x00" + b"\0" * 200,
    "linux program": b"\x7fELF\x02\x01\x01" + b"\0" * 200,
    "mac program": b"\xcf\xfa\xed\xfe\x07\x00\x00\x01" + b"\0" * 200,
    "java class": b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + b"\0" * 200,
    "shell script": b"#!/bin/sh\necho made up\n",
    "python script": b"#! /usr/bin/env python3\nprint(1)\n",
}

PAGES = {
    "html": b"<!DOCTYPE html><html><script>alert(1)</script>",
    "html in capitals": b"<HTML><BODY onload=alert(1)>",
    "html after a mark": b"\xef\xbb\xbf<html><script>alert(1)</script>",
    "html after space": b" \r\n\t  <script>alert(1)</script>",
    "html after a comment": b"<!-- %PDF-1.7 --><html><script>alert(1)</script>",
    "html after a declaration": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "svg after a declaration": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
    "svg after its type": b'<!DOCTYPE svg PUBLIC "x" "y"><svg/>',
    "svg after a comment": b"<!-- made up --><svg onload='alert(1)'/>",
}

OLDER = {
    "older word file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "iphone photo": b"\0\0\0\x18ftypheic" + b"\0" * 100,
    "avif photo": b"\0\0\0\x18ftypavif" + b"\0" * 100,
}

UNKNOWN = {
    "gif": b"GIF89a\x01\x00\x01\x00\x80\x00\x00",
    "gif with a script": b"GIF89a/*\x00\x01*/=1;alert(1)//",
    "webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "tiff": b"II*\x00\x08\x00\x00\x00",
    "bitmap": b"BM\x3a\x00\x00\x00",
    "icon": b"\0\0\x01\0\x01\0",
    "photoshop": b"8BPS\0\x01",
    "postscript": b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n",
    "film": b"\0\0\0\x18ftypmp42" + b"\0" * 64,
    "sound": b"ID3\x03\x00",
    "wave": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "flash": b"FWS\x06\x14\0\0\0",
    "7z": b"7z\xbc\xaf\x27\x1c\0\x04",
    "rar": b"Rar!\x1a\x07\x01\x00",
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
    "xz": b"\xfd7zXZ\0",
    "bzip2": b"BZh91AY&SY",
    "tar": b"a.txt" + b"\0" * 252 + b"ustar\x0000" + b"\0" * 248,
    "disk image": b"\0" * 32769 + b"CD001",
    "shortcut": b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F",
    "web shortcut": b"[InternetShortcut]\r\nURL=file://10.0.0.1/x\r\n",
    "batch": b"@echo off\r\nstart calc\r\n",
    "javascript": b"WScript.Echo(1)",
    "rtf": rb"{\rtf1\object\objupdate}",
    "mail": b"From: a@example.org\r\nSubject: x\r\n\r\n<script>",
    "web archive": b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n",
    "plain text": b"just words",
    "csv": b"=cmd|' /C calc'!A0,1,2\r\n",
    "json": b'{"a": 1}',
    "xml": b'<?xml version="1.0"?><a/>',
    "xml with entities": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "database": b"SQLite format 3\0" + b"\0" * 100,
    "font": b"\0\x01\0\0\0\x0a",
    "certificate": b"-----BEGIN CERTIFICATE-----\n",
    "spaces": b" " * 5000,
    "zeros": b"\0" * 1_000_000,
    "byte order mark": b"\xef\xbb\xbf",
    "one byte": b"%",
    "html in 16 bits": "<html><script>alert(1)</script>".encode("utf-16"),
    "pdf sign in 16 bits": "%PDF-1.7".encode("utf-16"),
    "pdf after junk": b"junk" * 100 + b"%PDF-1.7\n",
    "pdf after a line": b"\n%PDF-1.7\n1 0 obj",
    "noise": random.Random(1).randbytes(4096),
}


def table() -> Table:
    """Each of them under a name that promises a PDF."""
    yield Hostile("nothing at all", "proof.pdf", fixed(b""), "empty")
    for word, files in (("program", PROGRAMS), ("page", PAGES), ("older", OLDER), ("unknown", UNKNOWN)):
        for name, content in files.items():
            yield Hostile(name, "proof.pdf", fixed(content), "refused" if word == "older" else word)
