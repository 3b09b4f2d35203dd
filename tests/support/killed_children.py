"""A child that is killed in the middle of its task, as an operator does it, or a system that runs out of memory.

Named in the place of a module whose children do some work; started by itself as well.
"""

from __future__ import annotations

import os
import signal
from typing import BinaryIO


def prepare(*tasks: str) -> None:
    """Nothing is needed."""


def serve(request: BinaryIO, answer: BinaryIO) -> None:
    """Read the task and go no further."""
    request.read()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    os.kill(os.getpid(), signal.SIGKILL)
