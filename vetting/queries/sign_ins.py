"""Which signed-in browser a request comes from."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import sqlalchemy as sa

from vetting.models import LoginSession, User


class Shown(TypedDict):
    """What a browser shows of itself: the digest of its token, and whose account it says it is. ``now`` is UTC."""

    digest: str
    uniquifier: str
    now: datetime


IN_USE: tuple[sa.ColumnElement[bool], ...] = (
    LoginSession.token_digest == sa.bindparam("digest", type_=sa.String),
    LoginSession.ended_at.is_(None),
    LoginSession.expires_at > sa.bindparam("now", type_=LoginSession.expires_at.type),
    User.active.is_(True),
    User.fs_uniquifier == sa.bindparam("uniquifier", type_=sa.String),
)
"""The browser is signed in, by ``Shown``; for a sign-in with its account."""
