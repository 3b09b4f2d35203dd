"""The build script in a folder of its own, with the packages that are already installed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.look.conftest import ROOT
from tests.support.tools import require_tool


@pytest.fixture
def project(tmp_path: Path) -> Path:
    require_tool("npm")
    if not (ROOT / "node_modules" / ".locked").exists():
        pytest.fail("the front-end packages are not installed; run bin/assets", pytrace=False)
    (tmp_path / "bin").mkdir()
    for name in ("bin/assets", "bin/build-assets.mjs", "package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "vetting" / "assets", tmp_path / "vetting" / "assets")
    shutil.copytree(ROOT / "vetting" / "static" / "js", tmp_path / "vetting" / "static" / "js")
    modules = tmp_path / "node_modules"
    modules.mkdir()
    for entry in (ROOT / "node_modules").iterdir():
        if entry.name != ".assets-build":
            (modules / entry.name).symlink_to(entry)
    return tmp_path


def _build(project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", "bin/assets"],
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_builds_once_and_again_only_after_a_change(project: Path) -> None:
    vendor = project / "vetting" / "static" / "vendor"
    first = _build(project)
    assert (first.returncode, first.stderr) == (0, "")
    assert (vendor / "sprite.svg").exists()
    assert (vendor / "fonts" / "public-sans" / "PublicSans-Regular.woff2").exists()
    assert (vendor / "fonts" / "source-sans-3" / "source-sans-3-vietnamese-400-normal.woff2").exists()
    made = (vendor / "vetting.css").stat().st_mtime_ns
    assert _build(project).returncode == 0
    assert (vendor / "vetting.css").stat().st_mtime_ns == made
    with (project / "vetting" / "assets" / "vetting.scss").open("a") as source:
        source.write(".planted { color: var(--ink); }\n")
    assert _build(project).returncode == 0
    assert ".planted" in (vendor / "vetting.css").read_text()


def test_a_change_to_one_script_changes_the_address_of_every_import(project: Path) -> None:
    main = project / "vetting" / "static" / "vendor" / "js" / "main.js"
    assert _build(project).returncode == 0
    before = main.read_text()
    imports = re.findall(r'from "([^"]+)"', before)
    own = (project / "vetting" / "static" / "js" / "main.js").read_text()
    assert len(imports) == len(re.findall(r'from "([^"]+)"', own)) >= 10
    assert all(re.fullmatch(r"\./[a-z]+\.js\?v=[0-9a-f]{12}", address) for address in imports)
    with (project / "vetting" / "static" / "js" / "words.js").open("a") as source:
        source.write("// changed\n")
    assert _build(project).returncode == 0
    assert not set(imports) & set(re.findall(r'from "([^"]+)"', main.read_text()))


def test_a_mistake_in_the_sources_is_named_and_the_last_good_stylesheet_stays(project: Path) -> None:
    assert _build(project).returncode == 0
    good = (project / "vetting" / "static" / "vendor" / "vetting.css").read_text()
    source = project / "vetting" / "assets" / "vetting.scss"
    right = source.read_text()
    source.write_text(right + ".broken {")
    failed = _build(project)
    assert failed.returncode == 1
    assert "vetting.scss" in failed.stderr
    assert failed.stderr.rstrip().endswith("assets: the stylesheet could not be built; the lines above say why.")
    assert (project / "vetting" / "static" / "vendor" / "vetting.css").read_text() == good
    source.write_text(right)
    assert _build(project).returncode == 0


def test_a_machine_without_node_gets_one_sentence(project: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "dirname", "sha256sum", "cut", "find", "sort", "cat", "flock", "env"):
        (tools / name).symlink_to(shutil.which(name) or f"/usr/bin/{name}")
    failed = _build(project, PATH=str(tools))
    assert failed.returncode == 1
    assert failed.stderr == (
        "assets: node and npm are needed to build the stylesheet; install Node.js 20 or newer and run this again.\n"
    )
