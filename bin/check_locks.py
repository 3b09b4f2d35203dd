"""Check that no lock or install file names a registry, and that every locked Python package carries hashes.

A name in a lock would send everyone's installation there, whatever mirror their machine is set up for.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON_LOCKS = ("requirements.txt", "requirements-dev.txt", "bin/uv-requirement.txt", "bin/node-requirement.txt")
INPUTS = ("requirements.in", "requirements-dev.in", "package.json", ".npmrc")
ADDRESS = re.compile(r"https?:|git\+|--(extra-)?index-url|--find-links|(^|\s)registry\s*=", re.MULTILINE)
PINNED = re.compile(r"^[A-Za-z0-9][^\s=]*==\S+ *\\\n(?: +--hash=sha256:[0-9a-f]{64}(?: *\\)?\n?)+", re.MULTILINE)
REQUIREMENT = re.compile(r"^[A-Za-z0-9].*$", re.MULTILINE)


def problems() -> list[str]:
    """One line for everything that is wrong."""
    found = []
    for name in (*PYTHON_LOCKS, *INPUTS):
        text = (ROOT / name).read_text(encoding="utf-8")
        found += [f"{name}: names an address: {match.group().strip()}" for match in ADDRESS.finditer(text)]
    for name in PYTHON_LOCKS:
        text = (ROOT / name).read_text(encoding="utf-8")
        pinned = len(PINNED.findall(text))
        listed = len(REQUIREMENT.findall(text))
        if pinned != listed:
            found.append(f"{name}: {listed - pinned} of {listed} packages are without a version or a hash")
    installer = {_version_of_uv(name) for name in ("requirements-dev.txt", "bin/uv-requirement.txt")}
    if len(installer) > 1:
        found.append(f"bin/uv-requirement.txt: another version of uv than in requirements-dev.txt: {installer}")
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for path, package in packages.items():
        if "resolved" in package:
            found.append(f"package-lock.json: {path} names an address")
        if path and not package.get("link") and "integrity" not in package:
            found.append(f"package-lock.json: {path} has no hash")
    return found


def _version_of_uv(name: str) -> str | None:
    found = re.search(r"^uv==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1) if found else None


if __name__ == "__main__":
    lines = problems()
    print("\n".join(lines))
    sys.exit(1 if lines else 0)
