"""How much processor time an answer took, in a header: a shared machine disturbs it less than the clock on the wall."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

PROCESSOR = "X-Processor-Ms"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def metered(application: Application) -> Application:
    """Wrap a WSGI application whose answers are complete when they begin, as rendered pages are."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        begun = time.thread_time()

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            took = (time.thread_time() - begun) * 1000
            return start_response(status, [*headers, (PROCESSOR, f"{took:.3f}")], *rest)

        return application(environ, start)

    return answer
