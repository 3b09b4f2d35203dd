"""Draw the pages that somebody waits for: the worker's side of reading documents on the screen.

First a copy is made without whatever could act, and the pages are drawn from that. The original is not touched.

A document that breaks its child, or takes too long, is tried once more page by page, so that one bad page does not
hide the others. After that it is what it is: the outcome is kept like any other and nothing is tried again.

A child that somebody else ended says nothing about its document: that is drawn later, after growing pauses, and no
outcome is kept.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog

from vetting import clock
from vetting.documents.process import ChildDied, ChildKilled, ChildTimedOut, Limits, run_child
from vetting.documents.renditions import BATCH, Renditions, Wish
from vetting.storage import Missing, Store
from vetting.text import N_

BATCH_LIMITS = Limits(wall_seconds=40.0, cpu_seconds=25, memory_bytes=1_200_000_000)
PAGE_LIMITS = Limits(wall_seconds=12.0, cpu_seconds=6, memory_bytes=1_200_000_000)
MOST_ATTEMPTS = 3
"""The first draws the batch, the second page by page; beyond them only a worker that died can have been."""

PAUSES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
"""How long a document is left alone whose child was ended from outside. After the last it has to be asked for anew."""

PROBLEMS: Mapping[str, str] = {
    "locked": N_("This file is locked with a password, so it cannot be shown here."),
    "damaged": N_("This file is damaged, or not quite what it should be, so it cannot be shown here."),
    "too_hard": N_("This file takes too much time or memory to show here."),
    "too_large": N_("This picture is too large to show here."),
    "empty": N_("This file holds no words."),
}
"""Why a document or a page of it cannot be shown."""

log = structlog.get_logger()

Drawn = tuple[Mapping[str, Any], Mapping[str, bytes]]


def draw_next(
    renditions: Renditions, store: Store, limits: tuple[Limits, Limits] = (BATCH_LIMITS, PAGE_LIMITS)
) -> bool:
    """Draw the pages that were asked for first. False when nobody waits, or somebody else on this machine draws.

    ``limits`` are those of a whole batch and of a page alone. Never raises for what is in a document.
    """
    with renditions.alone() as alone:
        now = clock.now().timestamp()
        wish = next((one for one in renditions.wishes() if one.not_before <= now), None) if alone else None
        if wish is None:
            return False
        if renditions.has(wish):
            renditions.forget(wish)
            return True
        began = time.monotonic()
        outcome = _draw(renditions, store, wish, limits)
        log.info(
            "pages_drawn",
            document=wish.source.sha256[:12],
            batch=wish.batch,
            outcome=outcome,
            seconds=round(time.monotonic() - began, 2),
        )
        return True


def _draw(renditions: Renditions, store: Store, wish: Wish, limits: tuple[Limits, Limits]) -> str:
    if wish.attempts >= MOST_ATTEMPTS:
        renditions.publish(wish, {"outcome": "too_hard"}, {})
        return "too_hard"
    try:
        with store.open(wish.source.key) as stream:
            content = stream.read()
    except Missing:
        renditions.forget(wish)
        return "missing"
    again = renditions.begun(wish)
    try:
        drawn, copy = _copy(renditions, wish, content, limits[0])
        if copy is not None and wish.attempts == 0:
            drawn = _ask(wish, copy, wish.batch * BATCH + 1, BATCH, limits[0])
        elif copy is not None:
            drawn = _page_by_page(wish, copy, limits[1])
    except ChildKilled as error:
        log.warning("drawing_ended_from_outside", document=wish.source.sha256[:12], batch=wish.batch, why=str(error))
        if wish.killed < len(PAUSES):
            renditions.put_off(wish, clock.now() + PAUSES[wish.killed])
        else:
            renditions.forget(again)
        return "put off"
    except (ChildTimedOut, ChildDied) as error:
        if wish.attempts == 0:
            log.warning("pages_too_hard", document=wish.source.sha256[:12], batch=wish.batch, why=str(error)[-300:])
            return "again, page by page"
        drawn = {"outcome": "too_hard"}, {}
    renditions.publish(again, *drawn)
    return str(drawn[0]["outcome"])


def _copy(renditions: Renditions, wish: Wish, content: bytes, limits: Limits) -> tuple[Drawn, bytes | None]:
    """What pages are drawn from: the harmless copy, or the file itself where only its words are read.

    None with the outcome to keep, where there can be no copy.
    """
    if not wish.source.drawn:
        return ({}, {}), content
    kept = renditions.copy(wish.source)
    if kept is not None:
        return ({}, {}), kept.read_bytes()
    answer = run_child("clean", {"media_type": wish.source.media_type}, {"document": content}, limits)
    if answer.data["outcome"] != "done":
        return ({name: answer.data[name] for name in ("outcome", "why") if name in answer.data}, {}), None
    renditions.keep_copy(wish.source, answer.parts["copy"])
    return ({}, {}), answer.parts["copy"]


def _ask(wish: Wish, content: bytes, first: int, count: int, limits: Limits) -> Drawn:
    task = {"media_type": wish.source.media_type, "first": first, "count": count}
    answer = run_child("draw", task, {"document": content}, limits)
    manifest = {name: answer.data[name] for name in ("outcome", "pages", "sheets", "why") if name in answer.data}
    return manifest, answer.parts


def _page_by_page(wish: Wish, content: bytes, limits: Limits) -> Drawn:
    """Each page in a child of its own. Raises as the last child did when not even one page could be asked for."""
    manifest: dict[str, Any] = {}
    sheets: list[Any] = []
    parts: dict[str, bytes] = {}
    failed: ChildTimedOut | ChildDied | None = None
    for page in range(wish.batch * BATCH + 1, (wish.batch + 1) * BATCH + 1):
        try:
            about, found = _ask(wish, content, page, 1, limits)
        except (ChildTimedOut, ChildDied) as error:
            failed = error
            sheets.append({"problem": "too_hard"})
            continue
        if about["outcome"] != "done":
            return about, {}
        manifest = dict(about)
        sheets.extend(about["sheets"])
        parts.update(found)
        if page >= about["pages"]:
            break
    if failed is not None and not manifest:
        raise failed
    return {**manifest, "sheets": sheets[: manifest["pages"] - wish.batch * BATCH]}, parts
