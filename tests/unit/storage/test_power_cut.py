"""What a power cut right after an answer could take: the file, or one of the folders above it. It may take neither."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest

from vetting.storage import LocalStore

Call = tuple[str, Path]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """What is made, named and synced, in its order; the work itself is done."""
    found: list[Call] = []
    mkdir, rename = Path.mkdir, Path.rename

    def made(self: Path, *how: int, **more: bool) -> None:
        # With ``parents`` it calls itself for each, so every folder that is new comes by here.
        there = self.is_dir()
        mkdir(self, *how, **more)
        if not there:
            found.append(("made", self))

    def named(self: Path, target: Path) -> Path:
        found.append(("named", Path(target)))
        return rename(self, target)

    def synced(handle: int) -> None:
        found.append(("synced", Path(f"/proc/self/fd/{handle}").readlink()))

    monkeypatch.setattr(Path, "mkdir", made)
    monkeypatch.setattr(Path, "rename", named)
    monkeypatch.setattr(os, "fsync", synced)
    return found


def last(calls: list[Call], call: Call) -> int:
    return max((place for place, each in enumerate(calls) if each == call), default=-1)


@pytest.mark.parametrize("again", [False, True])
def test_every_new_folder_is_synced_into_the_one_above(again: bool, calls: list[Call], tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "data" / "store")
    if again:
        store.put(BytesIO(b"the first of its area"), area="evidence")
    stored = store.put(BytesIO(b"%PDF"), area="evidence")
    final = store.root / stored.key
    new = [path for what, path in calls if what == "made" and tmp_path in path.parents]
    assert {store.root.parent, store.root, store.root / "evidence", final.parent} <= set(new)
    for folder in new:
        assert last(calls, ("synced", folder.parent)) > calls.index(("made", folder)), f"{folder} can be lost"
    named = last(calls, ("named", final))
    content = [path for what, path in calls[:named] if what == "synced" and path.name.startswith(".incoming-")]
    assert content, "the bytes are on the disk before they have their name"
    assert last(calls, ("synced", final.parent)) > named
    above = [calls.index(("synced", folder.parent)) for folder in (store.root / "evidence", final.parent)]
    assert max(above) < named, "and so are the folders"


def test_a_folder_that_another_process_made_a_moment_ago_is_synced_as_well(calls: list[Call], tmp_path: Path) -> None:
    LocalStore(tmp_path / "store").put(BytesIO(b"%PDF"), area="evidence")
    calls.clear()
    other = LocalStore(tmp_path / "store")
    other.put(BytesIO(b"%PDF"), area="evidence")
    assert ("synced", other.root) in calls
    assert ("synced", other.root / "evidence") in calls
    calls.clear()
    other.put(BytesIO(b"%PDF"), area="evidence")
    assert ("synced", other.root) not in calls, "once is enough"
