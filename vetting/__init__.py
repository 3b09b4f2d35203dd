"""Vetting of community partners of a large school district.

`create_app` is found when it is first asked for, so that a process that only draws documents never loads the web.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vetting.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> object:
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from vetting.app import create_app

    return create_app
