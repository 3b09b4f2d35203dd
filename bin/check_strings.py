"""Check that what people read goes through gettext: text and labels in templates, messages in forms and views.

It reads the source and does not guess at variables; a sentence built in Python and printed by a template is found by
the checks of the rendered pages.
"""

import ast
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "vetting"
TEMPLATES = PACKAGE / "templates"
# The page that shows every component to developers, filled with made-up names.
GALLERY = TEMPLATES / "components" / "_gallery.html"

GETTEXT = {"_", "N_", "gettext", "ngettext", "pgettext", "npgettext", "lazy_gettext", "lazy_ngettext", "lazy_pgettext"}
READ_ATTRIBUTES = {"alt", "aria-label", "aria-description", "placeholder", "title"}
# Elements whose text is for machines or is the same in every language.
UNREAD_ELEMENTS = {"style", "script", "code", "kbd", "samp"}
# Blocks that hold a class name of the style sheet.
UNREAD_BLOCKS = {"kind"}
WORD = re.compile(r"[^\W\d_]{2,}")
# A literal in an expression is prose when it looks like one: a capital letter, and more than one word.
PROSE = re.compile(r"^[A-Z][^\W\d_]*['’]?[^\W\d_]* +\S")

# Calls whose first literal, or a literal of these keywords, is read by people.
READ_CALLS = {"flash", "ValidationError", "StopValidation"}
READ_KEYWORDS = {"description", "label", "message"}


class _Text(HTMLParser):
    """Collects the text and the read attributes of a template's HTML, with their lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNREAD_ELEMENTS:
            self._open.append(tag)
        for name, value in attrs:
            if name in READ_ATTRIBUTES and value and WORD.search(value):
                self.found.append((self.getpos()[0], f'{name}="{value}"'))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            self._open.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self._open and WORD.search(data):
            self.found.append((self.getpos()[0], data.strip()))


def literal_text(environment: Environment, source: str) -> str:
    """The template without its tags and expressions, line for line; translated blocks left out."""
    parts = []
    silent = ""  # the tag that ends a stretch without text for people
    words: list[str] = []
    for _, kind, value in environment.lex(source):
        if kind == "block_begin":
            words = []
        elif kind in ("name", "string"):
            words.append(value)
        elif kind == "block_end":
            if silent:
                silent = "" if words[:1] == [silent] else silent
            elif words[:1] == ["trans"]:
                silent = "endtrans"
            elif words[:1] == ["block"] and words[1] in UNREAD_BLOCKS:
                silent = "endblock"
        parts.append(value if kind == "data" and not silent else "\n" * value.count("\n"))
    return "".join(parts)


def untranslated_in_template(environment: Environment, path: Path) -> Iterator[tuple[int, str]]:
    """Line and words of everything in a template that is not translated."""
    source = path.read_text(encoding="utf-8")
    text = literal_text(environment, source)
    if path.suffix == ".html":
        parser = _Text()
        parser.feed(text)
        parser.close()
        yield from parser.found
    else:
        yield from ((number, line) for number, line in enumerate(text.splitlines(), 1) if WORD.search(line))
    yield from _prose(environment.parse(source))


def _prose(node: nodes.Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in GETTEXT:
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and PROSE.match(node.value):
        yield node.lineno, node.value
    for child in node.iter_child_nodes():
        yield from _prose(child)


def untranslated_in_python(path: Path) -> Iterator[tuple[int, str]]:
    """Line and words of every literal that a form or a view shows without translating it."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        read = [keyword.value for keyword in call.keywords if keyword.arg in READ_KEYWORDS]
        if name in READ_CALLS or name.endswith("Field"):
            read += call.args[:1]
        for value in read:
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and WORD.search(value.value):
                yield value.lineno, value.value


def main() -> int:
    """Print every untranslated string; 1 when there is one."""
    environment = Environment(
        autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"]
    )
    templates = sorted(path for path in TEMPLATES.rglob("*") if path.suffix in (".html", ".txt") and path != GALLERY)
    modules = [
        PACKAGE / "app.py",
        *sorted((PACKAGE / "forms").rglob("*.py")),
        *sorted((PACKAGE / "views").rglob("*.py")),
    ]
    found = [(path, *place) for path in templates for place in untranslated_in_template(environment, path)]
    found += [(path, *place) for path in modules if path.exists() for place in untranslated_in_python(path)]
    for path, line, words in found:
        print(f"{path.relative_to(ROOT)}:{line}: not translated: {' '.join(words.split())[:100]}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
