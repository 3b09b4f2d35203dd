"""Guessing is slowed down: tries are counted in the database, once for all server processes.

A try is charged before it is checked, so that many at once are all counted. After the free ones each failure makes the
pause longer, up to fifteen minutes and never for good. Another way to sign in stays open meanwhile, because passwords,
codes and second steps are counted apart.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app, request
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from vetting import clock, tokens
from vetting.extensions import db
from vetting.models import SignInAttempts
from vetting.unit_of_work import unit_of_work

FREE_PER_ACCOUNT = 5
# A school or an office may share one address.
FREE_PER_ADDRESS = {"mail": 200}
FREE_PER_ADDRESS_ELSE = 40
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
# One failure is forgotten each time this has passed.
ACCOUNT_FORGETS = timedelta(minutes=12)
ADDRESS_FORGETS = timedelta(minutes=1)


def charge(kind: str, account: str) -> bool:
    """Count one try of a kind (password, code, mail) on an account and from this browser's address.

    False when there were too many, and then this one is not counted.
    """
    with unit_of_work(db.session()) as session:
        mine, from_here = _keys(kind, account)
        by_account = _row(session, mine, ACCOUNT_FORGETS)
        by_address = _row(session, from_here, ADDRESS_FORGETS)
        free = FREE_PER_ADDRESS.get(kind, FREE_PER_ADDRESS_ELSE)
        if _paused(by_account, FREE_PER_ACCOUNT) or _paused(by_address, free):
            return False
        for row in (by_account, by_address):
            row.failures += 1
            row.last_at = clock.now()
    return True


def forgive(session: Session, account: str, *kinds: str) -> None:
    """A success clears these kinds for the account, and takes the one try off the address."""
    for kind in kinds:
        mine, from_here = _keys(kind, account)
        session.execute(sa.delete(SignInAttempts).where(SignInAttempts.key == mine))
        session.execute(
            sa.update(SignInAttempts)
            .where(SignInAttempts.key == from_here, SignInAttempts.failures > 0)
            .values(failures=SignInAttempts.failures - 1)
            .execution_options(synchronize_session=False)
        )


def _keys(kind: str, account: str) -> tuple[str, str]:
    """The rows of an account and of this browser's address. Neither can be read back from the database."""
    secret = (current_app.config["SETTINGS"].secret_key,)
    address = _network(request.remote_addr or "")
    return (
        f"{kind}:{tokens.keyed(secret, 'attempts', account)}",
        f"{kind}@{tokens.keyed(secret, 'attempts', address)}",
    )


def _network(address: str) -> str:
    """One IPv6 customer holds a whole /64, so it counts as one."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else address


def _row(session: Session, key: str, forgets: timedelta) -> SignInAttempts:
    insert: Callable[..., Any] = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(SignInAttempts).values(key=key, failures=0, last_at=clock.now()).on_conflict_do_nothing())
    row = session.scalars(
        sa.select(SignInAttempts)
        .where(SignInAttempts.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    row.failures = max(0, row.failures - int((clock.now() - row.last_at) / forgets))
    return row


def _paused(row: SignInAttempts, free: int) -> bool:
    if row.failures < free:
        return False
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(row.failures - free, 10))
    return bool(row.last_at + pause > clock.now())
