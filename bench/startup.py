"""What the web process costs before its first request, against importing its libraries alone."""

from __future__ import annotations

import json
import sys
from statistics import median

from bench.databases import Database
from bench.measuring import Result, percentile
from bench.servers import run

TIMES = 5
HEAVY = ("weasyprint", "pyhanko", "pypdfium2", "pikepdf")

_SCRIPT = """
import json, resource, sys, time
begun = time.process_time()
{statement}
took = (time.process_time() - begun) * 1000
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([took, peak, [name for name in {heavy!r} if name in sys.modules]]))
"""

PRODUCT = "import wsgi"
BARE = "import flask, sqlalchemy.orm, flask_sqlalchemy, flask_wtf, flask_babel, flask_security"


def startup(database: Database) -> Result:
    """Import the product in fresh interpreters, in turns with its libraries, in processor milliseconds.

    Memory in MB; heavy libraries that came along by name.
    """
    times, bare, peak, heavy = [], [], 0.0, set()
    for _time in range(TIMES):
        bare.append(_imported(BARE, database)[0])
        took, size, found = _imported(PRODUCT, database)
        times.append(took)
        peak = max(peak, size)
        heavy |= set(found)
    return Result(
        "startup_import",
        database.name,
        0,
        round(median(times), 1),
        round(percentile(times, 0.95), 1),
        floor_ratio=round(median(times) / median(bare), 2),
        more={"floor_p50_ms": round(median(bare), 1), "peak_mb": round(peak), "heavy": sorted(heavy)},
    )


def _imported(statement: str, database: Database) -> tuple[float, float, list[str]]:
    script = _SCRIPT.format(statement=statement, heavy=HEAVY)
    took, peak, heavy = json.loads(run([sys.executable, "-c", script], database.environment()).splitlines()[-1])
    return took, peak, heavy
