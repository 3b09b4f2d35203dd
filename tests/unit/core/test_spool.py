"""Parts of files on disk: whole pieces or none, one writer at a time, and no lock that outlives its holder."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import stat
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from vetting.spool import Spool, SpoolBroken, SpoolFull


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "uploads")


def test_only_the_owner_reads_what_waits(spool: Spool) -> None:
    with spool.held("UPL-1") as part:
        part.write(0, b"abc")
    assert stat.S_IMODE(spool.root.stat().st_mode) == 0o700
    assert stat.S_IMODE((spool.root / "UPL-1").stat().st_mode) == 0o600


def test_a_piece_takes_the_place_of_what_was_never_acknowledged(spool: Spool) -> None:
    with spool.held("UPL-1") as part:
        part.write(0, b"good")
        part.write(4, b"torn and long")
        part.write(4, b" end")
        assert part.path.read_bytes() == b"good end"


def test_a_disk_without_room_leaves_the_file_as_it_was(spool: Spool) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with spool.held("UPL-1") as part:
        part.write(0, b"a" * 5000)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, hard))
        try:
            with pytest.raises(SpoolFull):
                part.write(5000, b"b" * 5000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert part.path.read_bytes() == b"a" * 5000
        part.write(5000, b"b" * 5000)
        assert part.size() == 10_000


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SpoolBroken), Spool(tmp_path / "file" / "uploads").held("UPL-1"):
        pass
    assert "Try again" in SpoolBroken.plain


def hold(root: Path, pipe: Connection) -> None:
    with Spool(root).held("UPL-1") as part:
        part.write(0, b"half")
        pipe.send("held")
        signal.pause()


def test_a_server_that_is_killed_blocks_nobody(spool: Spool) -> None:
    here, there = multiprocessing.get_context("fork").Pipe()
    child = multiprocessing.get_context("fork").Process(target=hold, args=(spool.root, there))
    child.start()
    assert here.recv() == "held"
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    with spool.held("UPL-1") as part:
        assert part.size() == 4


def test_whoever_waited_for_a_part_that_went_gets_a_new_one(spool: Spool) -> None:
    with spool.held("UPL-1") as part:
        part.write(0, b"old")
        part.remove()
        with spool.held("UPL-1") as other:
            assert other.size() == 0
            other.write(0, b"new")
    assert (spool.root / "UPL-1").read_bytes() == b"new"


def test_old_parts_are_swept_and_young_ones_stay(spool: Spool) -> None:
    for name, written in (("old", 1_000_000.0), ("young", 3_000_000.0)):
        with spool.held(name) as part:
            part.write(0, b"x")
        os.utime(spool.root / name, (written, written))
    assert spool.sweep(datetime.fromtimestamp(2_000_000, UTC)) == 1
    assert [path.name for path in spool.root.iterdir()] == ["young"]
