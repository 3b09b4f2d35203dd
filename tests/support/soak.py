"""How far a heavy proof goes: reduced in `bin/test`, in full in `bin/soak`, always with a seed that repeats it."""

import os

FULL = bool(os.environ.get("SOAK"))

# Without SEED every ordinary run proves the same thing; bin/soak chooses a new one and prints it.
SEED = int(os.environ.get("SEED") or 20260901)


def amount(reduced: int, full: int) -> int:
    """How many runs, rows or rounds: `reduced` in an ordinary run, `full` in a soak."""
    return full if FULL else reduced
