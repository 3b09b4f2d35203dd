"""A folder in memory for what tests write over and over: putting it back then waits for no disk."""

import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
"""A file system in memory on every Linux."""

LEAST_FREE = 4 * 1024**3
"""Bytes. A container often has 64 MB there, which one test's files could fill."""

FOLDER_VARIABLE = "TEST_MEMORY"
"""Names the folder of this run; whoever starts the run makes it and removes it."""


def roomy(memory: Path = MEMORY, least: int = LEAST_FREE) -> Path | None:
    """The file system in memory, where there is one with room enough."""
    try:
        return memory if memory.is_dir() and shutil.disk_usage(memory).free >= least else None
    except OSError:
        return None
