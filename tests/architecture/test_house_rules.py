"""Rules of the house that no tool knows: one way to commit, to move a state, to tell the time, and small modules."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, TemplateSyntaxError

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "vetting"
MODULES = sorted(PACKAGE.rglob("*.py"))
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))

LONGEST_MODULE = 400


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def places(paths: list[Path], found: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Every node of a kind, with the file and line where it stands."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, found):
                yield f"{name_of(path)}:{getattr(node, 'lineno', 0)}", node


def all_but(*names: str) -> list[Path]:
    return [path for path in MODULES if name_of(path) not in names]


def test_only_the_unit_of_work_commits() -> None:
    commits = [
        place
        for place, node in places(all_but("vetting/unit_of_work.py"), ast.Attribute)
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]
    assert commits == []


def test_only_the_engine_moves_a_state() -> None:
    moves = []
    for kind in (ast.Assign, ast.AugAssign, ast.AnnAssign):
        for place, node in places(all_but("vetting/workflows/engine.py"), kind):
            assert isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            written = [part for target in targets for part in ast.walk(target)]
            if any(isinstance(part, ast.Attribute) and part.attr == "state" for part in written):
                moves.append(place)
    assert moves == []


def test_only_the_clock_tells_the_time() -> None:
    asking = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(")
    readers = [name_of(path) for path in all_but("vetting/clock.py") if asking.search(path.read_text(encoding="utf-8"))]
    assert readers == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_fits_in_the_head(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


def test_no_template_has_inline_script_or_style() -> None:
    """The content security policy forbids them, so in a browser they would silently do nothing."""
    inline = re.compile(
        r"<style\b|\bstyle=[\"']|<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+=[\"']|javascript:", re.IGNORECASE
    )
    breaches = [
        f"{name_of(path)}: {match.group()}"
        for path in TEMPLATES
        if "documents" not in path.parts  # printed, never sent to a browser as it is
        for match in inline.finditer(path.read_text(encoding="utf-8"))
    ]
    assert breaches == []


def test_the_web_process_starts_without_the_pdf_libraries() -> None:
    """They load system libraries that may be missing and memory that only the worker's children need."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, vetting.app; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "vetting.app" in loaded
    assert {"weasyprint", "pyhanko"}.isdisjoint(loaded)


def test_every_template_is_used() -> None:
    """A template nobody renders, extends, includes or imports is a page that was forgotten."""
    named = re.compile(r"[\"']([a-z_/]+\.(?:html|txt))[\"']")
    sources = [path.read_text(encoding="utf-8") for path in [*MODULES, *TEMPLATES]]
    used = {name for text in sources for name in named.findall(text)}
    root = PACKAGE / "templates"
    made_by_name = ("emails/", "documents/", "security/")  # chosen by a topic, a kind of document, a library
    unused = [
        name
        for path in TEMPLATES
        if (name := str(path.relative_to(root))) not in used and not name.startswith(made_by_name)
    ]
    assert unused == []


def test_every_template_is_well_formed() -> None:
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    broken = []
    for path in TEMPLATES:
        try:
            environment.parse(path.read_text(encoding="utf-8"))
        except TemplateSyntaxError as error:
            broken.append(f"{name_of(path)}:{error.lineno}: {error.message}")
    assert broken == []


def test_every_page_of_rows_has_an_order() -> None:
    """Without one, a database may give the rows of a list in another order on each page."""
    unordered = [
        place
        for place, node in places(sorted((PACKAGE / "queries").rglob("*.py")), ast.Call)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "limit"
        and not re.search(r"Constant\(value=1\)\]|EXACT_UP_TO", f"{ast.dump(node.args[0])}]")  # one row, or a count
        and "order_by" not in ast.dump(node)
        and not _ordered_elsewhere(place, node)
    ]
    assert unordered == []


def _ordered_elsewhere(place: str, node: ast.Call) -> bool:
    """Whether the function around a ``limit``, or one of the module that it calls, orders the query."""
    name, line = place.rsplit(":", 1)
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    functions = [function for function in ast.walk(tree) if isinstance(function, ast.FunctionDef)]
    ordering = {"order_by"}
    for _ in range(3):
        ordering |= {f.name for f in functions if any(f"'{word}'" in ast.dump(f) for word in ordering)}
    around = [f for f in functions if f.lineno <= int(line) <= (f.end_lineno or 0)]
    return any(f.name in ordering for f in around)
