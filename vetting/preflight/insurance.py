"""Certificates of insurance and endorsements: limits, the district as additional insured, holder, policy number.

Certificates are read by their words, not by their places: the cover's name begins a block of rows, and the limit, the
policy number and the period are looked for in that block first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz

from vetting.preflight.amounts import limits_in
from vetting.preflight.dates import dates_in
from vetting.preflight.finding import Finding
from vetting.preflight.given import Given
from vetting.preflight.names import SAME, bare, sighted
from vetting.preflight.quality import has_text
from vetting.preflight.reading import Page, Reading

I = re.IGNORECASE  # noqa: E741 - as in the library


@dataclass(frozen=True)
class Cover:
    """How a kind of cover is called on certificates, and the words beside its limit, the best first."""

    called: re.Pattern[str]
    limit: tuple[re.Pattern[str], ...]


def _words(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, I) for pattern in patterns)


_OCCURRENCE = r"(?<!\()\b(?:each|per|any\s+one|ea\.?)\s+(?:occ(?:urrence|\.)?\b|event|incident)|\boccurrence\s+limit"
_CLAIM = r"\b(?:each|per|any\s+one|ea\.?)\s+(?:claim|act|loss|abus\w+|wrongful\s+act|victim|person|incident)"
_ANY = r"\b(?:aggregate|limit(?:s)?(?:\s+of\s+(?:liability|insurance))?)\b"

COVERS: Mapping[str, Cover] = {
    "coi_general_liability": Cover(
        re.compile(r"\bgeneral\s+liab(?:ility|\.)?|\bCGL\b|\bpublic\s+liability|business\s*owners", I),
        _words(_OCCURRENCE),
    ),
    "coi_workers_comp": Cover(
        re.compile(r"\bworkers?['\u2019]?s?['\u2019]?\s+comp(?:ensation|\.)?|\bemployers?['\u2019]?\s+liab", I),
        _words(
            r"each\s+accident|(?:bodily\s+)?injury\s+by\s+accident|per\s+accident",
            r"employers?['\u2019]?\s+liability\s+limit|(?:each|per)\s+employee",
            _OCCURRENCE,
        ),
    ),
    "coi_auto": Cover(
        re.compile(
            r"\b(?:auto(?:mobile)?s?|vehicle)\s+liab(?:ility|\.)?|\b(?:business|commercial)\s+auto\b|\bany\s+auto\b", I
        ),
        _words(r"combined\s+single\s+limit|\bCSL\b|(?:each|per|ea)\s+accident", _OCCURRENCE),
    ),
    "coi_abuse_molestation": Cover(
        re.compile(
            r"\babus\w*\s*(?:and|&|or|/)?\s*(?:sexual\s+)?(?:molest|misconduct)\w*|sexual\s+(?:abuse|misconduct)|molestation",
            I,
        ),
        _words(_OCCURRENCE, _CLAIM, _ANY),
    ),
    "coi_cyber": Cover(
        re.compile(r"\bcyber\b|network\s+security|data\s+breach|(?:information\s+)?privacy\s+liab", I),
        _words(_CLAIM, _OCCURRENCE, _ANY),
    ),
}
OTHERS = re.compile(
    r"\bumbrella\b|\bexcess\s+liab|\bprofessional\s+liab|\bproperty\b\s+(?:cover|insur)|\bD\s?&\s?O\b", I
)
BLOCK_ROWS = 14

ADDITIONAL = re.compile(r"additional(?:ly)?\s+(?:named\s+)?insureds?", I)
# The small print of the form says this of every holder.
SMALL_PRINT = re.compile(
    r"(?:important\W*)?if\s+the\s+certificate\s+holder\s+is\s+an?\s+additional\s+insured.{0,700}?(?:endorsement\(?s?\)?\s*\.|$)",
    I | re.DOTALL,
)
HOLDER = re.compile(r"certificate\s+holder\b|issued\s+to\b|\bholder\s*:", I)
NUMBER = re.compile(r"\bpol(?:icy|\.)?\s*(?:no\b|num(?:ber|\.)?|#)\W{0,4}", I)
_TOKEN = re.compile(r"(?<![\w$.,])(?=[A-Z0-9\-/]{0,25}\d)[A-Z0-9][A-Z0-9\-/]{4,24}(?![\w,.]\d)", I)

WORDING_ALIKE = 55.0
MISREAD, WORD_MISREAD = 88.0, 75.0
"""How alike (0 to 100) some words, or one word, must be to what a scanner with recognition may have misread."""
SHORT_WORD = 3
SAME_WORD = {"included": "named", "named": "included", "insureds": "insured"}
NEAR = 420
"""Letters around *additional insured* in which the district is looked for."""

CERTIFICATES = frozenset(COVERS)
ENDORSEMENTS = frozenset({"additional_insured_endorsement"})


def block(reading: Reading, type_key: str) -> list[tuple[int, int]]:
    """The rows (page, row) about the cover of this type, up to the next cover; none where it is not named."""
    own = COVERS[type_key].called
    found: list[list[tuple[int, int]]] = []
    for number, page in enumerate(reading.pages, 1):
        for row, line in enumerate(page.lines):
            if own.search(line):
                found.append(_rows_from(page, number, row, type_key))
    with_limit = [rows for rows in found if any(True for at in rows for _a in limits_in(_line(reading, at)))]
    return (with_limit or found or [[]])[0]


def _rows_from(page: Page, number: int, first: int, type_key: str) -> list[tuple[int, int]]:
    rows = [(number, first)]
    for row in range(first + 1, min(first + BLOCK_ROWS, len(page.lines))):
        line = page.lines[row]
        if OTHERS.search(line) or any(key != type_key and cover.called.search(line) for key, cover in COVERS.items()):
            break
        rows.append((number, row))
    return rows


def _line(reading: Reading, at: tuple[int, int]) -> str:
    return reading.pages[at[0] - 1].lines[at[1]]


def limit_of(reading: Reading, type_key: str) -> tuple[int, int] | None:
    """The limit of the cover in cents and its page."""
    rows = block(reading, type_key)
    everywhere = [(number, row) for number, page in enumerate(reading.pages, 1) for row in range(len(page.lines))]
    for pattern in COVERS[type_key].limit:
        # The heading of a table may stand before the name of the cover, so the whole document is the second choice.
        for places in (rows, everywhere):
            for at in places:
                cents = _beside(reading, at, pattern)
                if cents is not None:
                    return cents, at[0]
    return None


def _beside(reading: Reading, at: tuple[int, int], pattern: re.Pattern[str]) -> int | None:
    line = _line(reading, at)
    label = pattern.search(line)
    if label is None:
        return None
    amounts = list(limits_in(line))
    before = [found for found in amounts if found[2] <= label.start()]
    after = [found for found in amounts if found[1] >= label.end()]
    touching = before and not re.sub(r"[\s:.$]|per|for", "", line[before[-1][2] : label.start()])
    follows = after and not re.sub(
        r"[\s:.$=]|limit|of|is|\(.*?\)|liability", "", line[label.end() : after[0][1]], flags=I
    )
    amounts_first = bool(before) and not re.search(r"[a-z]{4,}", line[: before[0][1]], I)
    if touching and (amounts_first or not follows):
        return before[-1][0]
    if after:
        return after[0][0]
    return _below(reading, at, label.start())


def _below(reading: Reading, at: tuple[int, int], place: int) -> int | None:
    """The amount under a label: in the same column of the next row, or alone in it."""
    page = reading.pages[at[0] - 1]
    if at[1] + 1 >= len(page.rows):
        return None
    label_cells = page.rows[at[1]]
    passed = 0
    x = label_cells[0].x
    for cell in label_cells:
        if passed <= place:
            x = cell.x
        passed += len(cell.text) + 2
    under = page.rows[at[1] + 1]
    candidates = [(abs(cell.x - x), cents) for cell in under for cents, _s, _e in limits_in(cell.text)]
    if not candidates:
        return None
    distance, cents = min(candidates)
    return cents if len(candidates) == 1 or distance < 40 else None


def limits(reading: Reading, given: Given) -> Iterator[Finding]:
    """The limit against what is asked for and what was typed."""
    if not has_text(reading) or given.kind.key not in CERTIFICATES:
        return
    if not block(reading, given.kind.key):
        if any(cover.called.search(reading.text) for cover in COVERS.values()):
            yield Finding("cover_missing", 1)
        return
    found = limit_of(reading, given.kind.key)
    if found is None:
        yield Finding("limit_not_found", 1)
        return
    cents, page = found
    least = given.kind.min_amount_cents
    if least is not None and cents < least:
        yield Finding("limit_low", page, {"read_cents": cents, "least_cents": least})
    elif given.amount_cents is not None and given.amount_cents != cents:
        yield Finding("limit_differs", page, {"read_cents": cents, "given_cents": given.amount_cents})


def additional_insured(reading: Reading, given: Given) -> Iterator[Finding]:
    """Whether the district is named as additional insured, in the district's words."""
    if not has_text(reading) or given.kind.key not in ENDORSEMENTS | {"coi_general_liability"}:
        return
    wording = bare(given.district.wording)
    for number, page in enumerate(reading.pages, 1):
        text = bare(SMALL_PRINT.sub(" ", page.text.replace("\n", " ")))
        if f" {wording} " in f" {text} ":
            return
        if not any(_mentioned(given.district.names, around) for around in _around_mentions(text)):
            continue
        missing = _missing_words(wording, text)
        if missing:
            values = {"missing": ", ".join(missing), "expected": given.district.wording}
            yield Finding("wording_differs", number, values)
        return
    yield Finding("not_additional_insured", 1, {"expected": given.district.wording})


def _around_mentions(text: str) -> list[str]:
    """What stands around each mention of additional insured, which a scanner may have misread a little."""
    places = [match.start() for match in re.finditer(r"additional(?:ly)? (?:named )?insureds?", text)]
    if not places:
        found = fuzz.partial_ratio_alignment("additional insured", text, score_cutoff=MISREAD)
        places = [found.dest_start] if found is not None else []
    return [text[max(0, at - NEAR) : at + NEAR] for at in places]


def _mentioned(names: Iterable[str], text: str) -> bool:
    """Whether one of the names stands in a bare text, read right or nearly so."""
    return any(fuzz.partial_ratio(bare(name), text, score_cutoff=MISREAD) for name in names)


def _missing_words(wording: str, text: str) -> list[str]:
    """Words of the wording that the most similar piece of the text does not have, in their order."""
    found = fuzz.partial_ratio_alignment(wording, text, score_cutoff=WORDING_ALIKE)
    start, end = (found.dest_start, found.dest_end) if found is not None else (0, len(text))
    near = set(text[max(0, start - 60) : end + 60].split())
    near |= {SAME_WORD[word] for word in near if word in SAME_WORD}
    said = dict.fromkeys(word for word in wording.split() if len(word) > SHORT_WORD)
    return [word for word in said if not any(fuzz.ratio(word, other) >= WORD_MISREAD for other in near)]


def holder(reading: Reading, given: Given) -> Iterator[Finding]:
    """Whether the certificate is made out to the district."""
    if not has_text(reading) or given.kind.key != "coi_general_liability":
        return
    expected = given.district.names[0]
    for number, page in enumerate(reading.pages, 1):
        for row, line in enumerate(page.lines):
            if not _is_heading(line):
                continue
            if not _mentioned(given.district.names, bare(" ".join(page.lines[row : row + 8]))):
                yield Finding("holder_differs", number, {"read": _under(page, row), "expected": expected})
            return
    if not sighted(given.district.names, reading).alike >= SAME:
        yield Finding("holder_differs", 1, {"read": "", "expected": expected})


def _under(page: Page, row: int) -> str:
    """What stands beside or under a heading, in its own column."""
    heading = next(cell for cell in page.rows[row] if HOLDER.search(cell.text) or cell is page.rows[row][-1])
    rest = HOLDER.sub("", heading.text, count=1)
    beside = (
        [cell.text for cell in page.rows[row] if cell.x > heading.end] if heading.text.rstrip().endswith(":") else []
    )
    below = [cell.text for cells in page.rows[row + 1 : row + 4] for cell in cells if abs(cell.x - heading.x) < 80]
    return _short(next((text for text in (rest, *beside, *below) if bare(text)), ""))


def _is_heading(line: str) -> bool:
    """Whether a line is the heading over the holder, rather than a sentence about holders."""
    found = HOLDER.search(line)
    return found is not None and len(bare(line[: found.start()]).split()) <= 2 and "if the" not in line.lower()


def policy_number(reading: Reading, given: Given) -> Iterator[Finding]:
    """Whether the policy number that was typed stands in the document."""
    if not has_text(reading) or not given.policy_number:
        return
    typed = plain(given.policy_number)
    if len(typed) < 3 or any(typed in plain(line) for _page, line in reading.lines()):
        return
    numbers = numbers_in(reading, given.kind.key)
    if numbers:
        page, read = max(numbers, key=lambda found: fuzz.ratio(plain(found[1]), typed))
        yield Finding("policy_number_differs", page, {"given": given.policy_number, "read": read})
    else:
        yield Finding("policy_number_missing", 1, {"given": given.policy_number})


def numbers_in(reading: Reading, type_key: str) -> list[tuple[int, str]]:
    """What may be policy numbers: in the rows of the cover, else after the words *policy number*; with their pages."""
    rows = block(reading, type_key) if type_key in COVERS else []
    found = [(at[0], token) for at in rows for token in _tokens(_line(reading, at))]
    if found:
        return found
    for number, page in enumerate(reading.pages, 1):
        for row, line in enumerate(page.lines):
            label = NUMBER.search(line)
            if label is not None:
                after = _tokens(line[label.end() :]) or (
                    _tokens(page.lines[row + 1]) if row + 1 < len(page.lines) else []
                )
                found += [(number, token) for token in after[:1]]
    return found


def _tokens(line: str) -> list[str]:
    spans = [(start, end) for _day, start, end in dates_in(line)] + [(start, end) for _c, start, end in limits_in(line)]
    return [
        match[0]
        for match in _TOKEN.finditer(line)
        if not any(start <= match.start() < end for start, end in spans) and not re.fullmatch(r"\d{1,4}", match[0])
    ]


def plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _short(text: str) -> str:
    return " ".join(text.split()).strip(" :.")[:80]
