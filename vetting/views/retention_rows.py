"""Files that are due or removed, as rows that a person can survey."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def together(files: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Files of one organization that go or stay for the same reason, as one row; those first that are due longest."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for file in files:
        same = (file["organization"], file["rule"], file["state"], file["why"])
        row = found.setdefault(same, {**file, "files": []})
        row["files"].append(file)
        row["day"] = min(row["day"], file["day"])
    return list(found.values())
