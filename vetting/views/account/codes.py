"""Codes sent by e-mail: eight digits, ten minutes, one at a time, each works once."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting import clock, tokens
from vetting.forms.account import normal_code
from vetting.models import OneTimeCode, User
from vetting.views.account import mail
from vetting.views.account.blueprint import keys

LIFE = timedelta(minutes=10)


def _digest(user: User, code: str) -> str:
    return tokens.keyed(keys(), "code", f"{user.fs_uniquifier}:{normal_code(code)}")


def new_code() -> str:
    """Eight random digits."""
    return f"{secrets.randbelow(10**8):08d}"


def send(session: Session, user: User) -> None:
    """Queue a mail with a new code. The caller's unit of work keeps both."""
    code = new_code()
    session.execute(sa.delete(OneTimeCode).where(OneTimeCode.user_id == user.id))
    session.add(OneTimeCode(user_id=user.id, code_digest=_digest(user, code), expires_at=clock.now() + LIFE))
    mail.queue(user.email, mail.sign_in_code(user.name, f"{code[:4]} {code[4:]}"))


def spend(session: Session, user: User, code: str) -> bool:
    """Use a code up. False when it is wrong, used or too old; the database lets only one of two at once have it."""
    kept = session.scalars(sa.select(OneTimeCode).where(OneTimeCode.user_id == user.id)).first()
    if kept is None or kept.expires_at <= clock.now() or not hmac.compare_digest(kept.code_digest, _digest(user, code)):
        return False
    gone = session.execute(
        sa.delete(OneTimeCode).where(OneTimeCode.id == kept.id).execution_options(synchronize_session=False)
    )
    session.expunge(kept)
    return bool(getattr(gone, "rowcount", 0) == 1)
