"""Which packaged fonts a text needs, and which of its characters no packaged font has.

Each font arrives cut into files by character range; a file becomes a font family of its own, and a document names the
families in order. System fonts are never used: a document must look the same on every machine, and on one without any.
"""

import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "static" / "vendor" / "fonts"

SCRIPTS = (
    "arabic",
    "hebrew",
    "armenian",
    "georgian",
    "ethiopic",
    "devanagari",
    "bengali",
    "gujarati",
    "gurmukhi",
    "tamil",
    "telugu",
    "thai",
    "lao",
    "khmer",
    "myanmar",
)

# Package -> subsets used, in order of preference; None means every numbered range of it.
PACKAGES: tuple[tuple[str, tuple[str, ...] | None], ...] = (
    ("source-sans-3", ("latin", "latin-ext", "vietnamese", "cyrillic", "cyrillic-ext", "greek", "greek-ext")),
    *((f"noto-sans-{script}", (script,)) for script in SCRIPTS),
    *((f"noto-sans-{region}", None) for region in ("sc", "tc", "jp", "kr")),
)
# Loaded for every document, so that a page without any text still has a font.
ALWAYS = ("source-sans-3", "latin")

# The cuts that documents use. A file of every weight ("wght") gives the two of ALL_WEIGHTS.
FILE_NAME = re.compile(r"-(?:(?P<weight>400|600|700|wght)-(?P<style>normal)|(?P<italic>400)-italic)\.woff2$")
ALL_WEIGHTS = (400, 700)


class FontsMissing(Exception):
    """The packaged fonts are not installed; the message says what to run."""


@dataclass(frozen=True, slots=True)
class Subset:
    """One character range of one packaged font."""

    package: str
    name: str
    ranges: tuple[tuple[int, int], ...]

    @property
    def family(self) -> str:
        return f"{self.package} {self.name}"

    def declares(self, code: int) -> bool:
        """Whether the package says this range is where `code` belongs."""
        return any(first <= code <= last for first, last in self.ranges)


@dataclass(frozen=True, slots=True)
class Face:
    """A subset in one weight and style. `variable`: its file holds every weight, and this one is taken out."""

    subset: Subset
    path: Path
    weight: int
    style: str
    variable: bool = False

    @property
    def asset(self) -> str:
        return f"fonts/{self.path.stem}-{self.weight}.ttf"

    def body(self) -> bytes:
        """The font as TrueType. Unpacking costs as much as laying out a page, so a long-lived process keeps it."""
        return _unpacked(self.path, self.weight if self.variable else None)


def select(text: str, folder: Path = FOLDER) -> list[Face]:
    """The font files that together print `text`. Raises FontsMissing when the packaged fonts are not installed."""
    chosen = [subset for subset in subsets(folder) if (subset.package, subset.name) == ALWAYS]
    for character in sorted(set(text)):
        home = _home(ord(character), folder)
        if home is not None and home not in chosen:
            chosen.append(home)
    order = {subset: place for place, subset in enumerate(subsets(folder))}
    return [face for subset in sorted(chosen, key=order.__getitem__) for face in _faces(subset, folder)]


def style_sheet(faces: list[Face]) -> str:
    """`@font-face` rules for `faces`, and the family list for everything that prints."""
    rules = [
        f'@font-face {{ font-family: "{face.subset.family}"; src: url("asset:{face.asset}");'
        f" font-weight: {face.weight}; font-style: {face.style} }}"
        for face in faces
    ]
    families = list(dict.fromkeys(f'"{face.subset.family}"' for face in faces))
    stack = f"{{ font-family: {', '.join(families)} }}"
    # The page itself (margin boxes) and form fields do not take the font of the root element.
    return "\n".join([*rules, f":root, input, code {stack}", f"@page {stack}"])


def uncovered(text: str, folder: Path = FOLDER) -> list[str]:
    """Characters of `text` that cannot be printed, in order of first use; to warn while it can still be changed."""
    return [
        character for character in dict.fromkeys(unicodedata.normalize("NFC", text)) if _must_spell(character, folder)
    ]


def named(characters: list[str]) -> str:
    """Characters for a sentence, each with its code, the first five: `😀 (U+1F600)`."""
    more = " …" if len(characters) > 5 else ""
    return ", ".join(f"{character} (U+{ord(character):04X})" for character in characters[:5]) + more


def texts(value: object) -> Iterator[str]:
    """Every text anywhere inside plain data; keys are ours and left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item)


def printable(page: str, text: str, folder: Path = FOLDER) -> str:
    """`page` with every character that `text` (its content) cannot print replaced by its code, such as `[U+1F600]`."""
    page = unicodedata.normalize("NFC", page)
    spelled = {ord(character): f"[U+{ord(character):04X}]" for character in uncovered(text, folder)}
    # A reference such as &#128512; must not slip past the table above.
    page = re.sub(r"&#(?:x([0-9a-fA-F]+)|([0-9]+));", lambda found: _reference(found, spelled), page)
    return page.translate(spelled).translate(CONTROLS)


# Control characters have no printed form and are not allowed in HTML; tab and line ends stay.
CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A, 0x0D)}


def _reference(found: re.Match[str], spelled: dict[int, str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    return spelled.get(code, found[0])


def _must_spell(character: str, folder: Path) -> bool:
    # Controls, joiners and direction marks (Cc, Cf) shape the text around them and have no glyph of their own.
    if unicodedata.category(character) in ("Cc", "Cf") or character.isspace():
        return False
    return _home(ord(character), folder) is None


@lru_cache(maxsize=50_000)
def _home(code: int, folder: Path) -> Subset | None:
    """The first subset whose font file really has a glyph for `code`."""
    return next(
        (subset for subset in subsets(folder) if subset.declares(code) and code in _glyphs(subset, folder)), None
    )


@lru_cache(maxsize=8)
def subsets(folder: Path) -> tuple[Subset, ...]:
    """All packaged subsets, most preferred first."""
    return tuple(subset for package, names in PACKAGES for subset in _read_package(folder, package, names))


def _read_package(folder: Path, package: str, names: tuple[str, ...] | None) -> Iterator[Subset]:
    table = folder / package / "unicode.json"
    try:
        declared = json.loads(table.read_text("utf-8"))
    except (OSError, ValueError):
        raise FontsMissing(f"The font package {package} is not installed; run `make run` or bin/assets.") from None
    for key, ranges in declared.items():
        numbered = key.startswith("[")
        if (names is None and numbered) or (names is not None and key in names):
            yield Subset(package, key.strip("[]"), tuple(_ranges(ranges)))


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    for part in text.split(","):
        first, _, last = part.strip().removeprefix("U+").partition("-")
        yield int(first, 16), int(last or first, 16)


def _faces(subset: Subset, folder: Path) -> list[Face]:
    stem = f"{subset.package}-{subset.name}"
    found = []
    for path in sorted((folder / subset.package).glob(f"{stem}-*.woff2")):
        match = FILE_NAME.search(path.name)
        if not match or path.name != f"{stem}{match[0]}":
            continue
        if match["weight"] == "wght":
            found += [Face(subset, path, weight, "normal", variable=True) for weight in ALL_WEIGHTS]
        else:
            found.append(Face(subset, path, int(match["weight"] or match["italic"]), match["style"] or "italic"))
    if not found:
        raise FontsMissing(f"The font files of {subset.family} are not installed; run `make run` or bin/assets.")
    return found


@lru_cache(maxsize=128)
def _unpacked(path: Path, weight: int | None) -> bytes:
    from fontTools.ttLib import TTFont, woff2  # loaded late: a web process rarely prints
    from fontTools.varLib import instancer

    unpacked = io.BytesIO()
    if weight is None:
        woff2.decompress(str(path), unpacked)
        return unpacked.getvalue()
    # The same file must come out on every day, so the font keeps its own date.
    with TTFont(path, recalcTimestamp=False) as font:
        one = instancer.instantiateVariableFont(font, {"wght": weight})
        one.flavor = None
        one.save(unpacked)
    return unpacked.getvalue()


@lru_cache(maxsize=256)
def _glyphs(subset: Subset, folder: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # loaded late, as above

    with TTFont(_faces(subset, folder)[0].path, lazy=True) as font:
        return frozenset(font.getBestCmap())
