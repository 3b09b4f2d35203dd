"""Signs of files inside files."""

from __future__ import annotations

import io
import os
import re
from typing import BinaryIO

END_SIGN = b"PK\x05\x06"
END_SEARCHED = 65_535 + 22
"""An archive's end record may be followed by a comment of up to this length, and by nothing else."""

PROGRAM = re.compile(rb"MZ|\x7fELF|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe|#!")
ARCHIVE = re.compile(rb"PK\x03\x04|PK\x05\x06|Rar!|7z\xbc\xaf\x27\x1c|\x1f\x8b\x08|MSCF|\xfd7zXZ|ustar")
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|script|hta:)|\{\\rtf|MIME-Version:", re.IGNORECASE)


def ends_as_one(stream: BinaryIO) -> bool:
    """Whether a zip archive, which is read from its end, stands at the end of this file."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - END_SEARCHED))
    tail = stream.read(END_SEARCHED)
    at = tail.rfind(END_SIGN)
    while at >= 0:
        record = tail[at : at + 22]
        if len(record) == 22:
            length = int.from_bytes(record[12:16], "little")
            first = size - len(tail) + at - length
            stream.seek(max(0, first), os.SEEK_SET)
            if not length or stream.read(4) == b"PK\x01\x02":
                return True
        at = tail.rfind(END_SIGN, 0, at)
    return False
