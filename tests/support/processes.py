"""Child processes of tests: they never outlive the test run, however it ends."""

import ctypes
import os
import signal
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def dies_with_parent(how: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """A ``preexec_fn`` that makes Linux send `how` to the child when the parent ends, kill -9 included.

    It runs after the child has changed its user, which is what keeps the request alive.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def in_the_child() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, how.value)
        if os.getppid() != parent:
            os._exit(1)

    return in_the_child
