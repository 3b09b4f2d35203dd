"""Where the words of a PDF page stand, so that they can lie over its picture. Runs in the document child only.

Positions are points (1/72 inch) from the upper left corner of the page as it is shown, so cropping and turning are
already applied. A word begins at the first letter's place on the baseline and reaches to the end of its last letter.
"""

import ctypes
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

LONGEST = 20_000
"""Letters of one page that are kept; a page of dense print has about 6,000."""

FINE = 1000.0
"""The library answers in whole numbers, so it is asked about a page this many times larger."""

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})

Line = dict[str, Any]
"""``x``, ``y``, ``angle`` (degrees, clockwise), ``size``, and ``words`` as [distance from x, length, text]."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """A visible letter in the page's own coordinates; ``angle`` in radians, counterclockwise."""

    text: str
    x: float
    y: float
    angle: float
    size: float
    corners: tuple[tuple[float, float], ...]


def lines_on(page: Any, width: float, height: float) -> tuple[list[Line], bool]:
    """The lines of a page, shown ``width`` x ``height`` points large, and whether there were too many letters."""
    textpage = page.get_textpage()
    count = textpage.count_chars()
    lines: list[Line] = []
    seen = 0
    for letters in _words(textpage, count):
        seen += len(letters)
        if seen > LONGEST:
            return lines, True
        word = _placed(page, letters, width, height)
        if word is not None:
            _add(lines, word)
    return lines, False


def plain(lines: list[Line]) -> str:
    """The words as text, one line under the other."""
    return "\n".join(" ".join(word[2] for word in line["words"]) for line in lines)


def _words(textpage: Any, count: int) -> Iterator[list[_Letter]]:
    word: list[_Letter] = []
    for index in range(count):
        text = _text(pdfium.FPDFText_GetUnicode(textpage, index))
        letter = _letter(textpage, index, text) if text else None
        if word and (letter is None or not _same_run(word[-1], letter)):
            yield word
            word = []
        if letter is not None:
            word.append(letter)
    if word:
        yield word


def _text(code: int) -> str:
    """The letter, or nothing for spaces, line ends and everything that cannot be seen."""
    text = chr(code) if 0 < code <= 0x10FFFF else ""
    return "" if not text or text.isspace() or unicodedata.category(text) in HIDDEN else text


def _letter(textpage: Any, index: int, text: str) -> _Letter | None:
    x, y = ctypes.c_double(), ctypes.c_double()
    box = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetCharOrigin(textpage, index, x, y):
        return None
    if not pdfium.FPDFText_GetLooseCharBox(textpage, index, box):
        return None
    corners = tuple((px, py) for px in (box.left, box.right) for py in (box.bottom, box.top))
    # The library counts clockwise.
    angle = -float(pdfium.FPDFText_GetCharAngle(textpage, index))
    values = [x.value, y.value, angle, *(value for corner in corners for value in corner)]
    if not all(math.isfinite(value) for value in values):
        return None
    return _Letter(text, x.value, y.value, angle, _size(textpage, index, box), corners)


def _size(textpage: Any, index: int, box: Any) -> float:
    """The height of the type in points: the font's size under the matrix it is drawn with."""
    matrix = pdfium.FS_MATRIX()
    size = float(pdfium.FPDFText_GetFontSize(textpage, index))
    if pdfium.FPDFText_GetMatrix(textpage, index, matrix):
        size *= math.hypot(matrix.c, matrix.d)
    return size if 0.5 < size < 2000 else max(1.0, min(abs(box.top - box.bottom), 2000.0))


def _same_run(one: _Letter, other: _Letter) -> bool:
    """Whether two letters stand on one baseline and run the same way."""
    turned = abs(math.remainder(one.angle - other.angle, math.tau)) > 0.05
    rise = -(other.x - one.x) * math.sin(one.angle) + (other.y - one.y) * math.cos(one.angle)
    return not turned and abs(rise) < 0.7 * max(one.size, other.size)


def _placed(
    page: Any, word: list[_Letter], width: float, height: float
) -> tuple[float, float, float, float, float, str] | None:
    """Place, angle, size and length of a word on the shown page, and its text."""
    first = word[0]
    along = (math.cos(first.angle), math.sin(first.angle))
    length = max((x - first.x) * along[0] + (y - first.y) * along[1] for letter in word for x, y in letter.corners)
    x, y = _shown(page, first.x, first.y, width, height)
    if length <= 0 or not (0 <= x <= width and 0 <= y <= height):
        # Cut away from the page, so nobody who looks at it sees it.
        return None
    end_x, end_y = _shown(page, first.x + along[0] * length, first.y + along[1] * length, width, height)
    angle = math.degrees(math.atan2(end_y - y, end_x - x))
    return x, y, angle, first.size, math.hypot(end_x - x, end_y - y), "".join(letter.text for letter in word)


def _shown(page: Any, x: float, y: float, width: float, height: float) -> tuple[float, float]:
    """A place in the page's coordinates as a place on the shown page."""
    at_x, at_y = ctypes.c_int(), ctypes.c_int()
    across, down = min(FINE, 1e8 / max(width, 1.0)), min(FINE, 1e8 / max(height, 1.0))
    pdfium.FPDF_PageToDevice(page, 0, 0, round(width * across), round(height * down), 0, x, y, at_x, at_y)
    return at_x.value / across, at_y.value / down


def _add(lines: list[Line], word: tuple[float, float, float, float, float, str]) -> None:
    """Put a word at the end of the line it continues, or begin a line with it."""
    x, y, angle, size, length, text = word
    if lines:
        line = lines[-1]
        turn = math.radians(line["angle"])
        away = (x - line["x"], y - line["y"])
        ahead = away[0] * math.cos(turn) + away[1] * math.sin(turn)
        beside = -away[0] * math.sin(turn) + away[1] * math.cos(turn)
        last = line["words"][-1]
        same_way = abs(math.remainder(angle - line["angle"], 360)) < 3
        if same_way and abs(beside) < 0.4 * size and last[0] + last[1] * 0.5 < ahead < last[0] + last[1] + 6 * size:
            line["words"].append([round(ahead, 1), round(length, 1), text])
            return
    lines.append(
        {
            "x": round(x, 1),
            "y": round(y, 1),
            "angle": round(angle, 1),
            "size": round(size, 1),
            "words": [[0.0, round(length, 1), text]],
        }
    )
