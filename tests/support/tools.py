"""Programs a test needs besides Python packages.

A person without one of them gets a skip that names it; where CI is set, a missing tool fails the test, because there
nobody reads the list of skips.
"""

import os
import shutil
from pathlib import Path

import pytest

PACKAGES = {
    "chromium": "chromium",
    "postgresql": "postgresql",
    "pdftoppm": "poppler-utils",
    "pdfsig": "poppler-utils",
    "pdftotext": "poppler-utils",
    "npm": "npm",
    "certutil": "libnss3-tools",
    "softhsm2-util": "softhsm2",
    "clamd": "clamav-daemon",
}


def postgres_binaries() -> Path | None:
    """The folder of `postgres` and `initdb`: Debian's newest first (it carries the extensions), then PATH."""
    debian = sorted(
        (path for path in Path("/usr/lib/postgresql").glob("*/bin/initdb") if path.parts[4].isdigit()),
        key=lambda path: int(path.parts[4]),
    )
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def find_tool(name: str) -> Path | None:
    """The program's path, or None. `postgresql` is the folder of the server's programs."""
    if name == "postgresql":
        return postgres_binaries()
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin") or (
        shutil.which("chromium-browser") if name == "chromium" else None
    )
    return Path(found) if found else None


def require_tool(name: str) -> Path:
    """The program's path; skips the test when it is missing, and fails it when CI is set."""
    found = find_tool(name)
    if found is None:
        sentence = f"{name} is not installed (Debian package: {PACKAGES.get(name, name)})"
        if os.environ.get("CI"):
            pytest.fail(f"{sentence}; with CI set every tool must be there", pytrace=False)
        pytest.skip(sentence)
    return found
