"""What an answer took, in headers: processor time, which a shared machine disturbs less than the clock on the wall, and
the most memory the process has had so far."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable
from typing import Any

PROCESSOR = "X-Processor-Ms"
PEAK = "X-Peak-Kb"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def metered(application: Application) -> Application:
    """Wrap a WSGI application whose answers are complete when they begin, as rendered pages are."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        begun = time.thread_time()

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            took = (time.thread_time() - begun) * 1000
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            return start_response(status, [*headers, (PROCESSOR, f"{took:.3f}"), (PEAK, str(peak))], *rest)

        return application(environ, start)

    return answer
