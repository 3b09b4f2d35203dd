"""New accounts, and passwords: hashed with Argon2id, compared in the same time whether or not there is one."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from flask_security import hash_password, verify_password
from sqlalchemy.orm import Session

from vetting.models import User
from vetting.views.account.binding import security


def new_user(
    email: str, name: str, *, password: str = "", confirmed_at: datetime | None = None, title: str = ""
) -> User:
    """An account that is not yet in the session. ``email`` is in its normal form, ``password`` as it was typed."""
    return User(
        email=email,
        name=name,
        title=title,
        password=hashed(password) if password else None,
        active=True,
        fs_uniquifier=uuid.uuid4().hex,
        fs_webauthn_user_handle=uuid.uuid4().hex,
        confirmed_at=confirmed_at,
        preferences={},
    )


def hashed(password: str) -> str:
    """The stored form of a password: Argon2id over a keyed hash."""
    return str(hash_password(security().password_util.normalize(password)))


def by_email(session: Session, email: str) -> User | None:
    """The account with this address (in its normal form)."""
    return session.scalars(sa.select(User).where(User.email == email)).first()


def password_matches(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one. Where none is stored it takes just as long."""
    good = bool(verify_password(security().password_util.normalize(password), stored or _nobodys_hash()))
    return good and stored is not None


@cache
def _nobodys_hash() -> str:
    return hashed(uuid.uuid4().hex)
