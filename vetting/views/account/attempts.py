"""Guessing is slowed down: tries are counted in the database, once for all server processes.

A try is charged before it is checked, so that many at once are all counted. After the free ones each failure makes the
pause longer, up to fifteen minutes and never for good. Another way to sign in stays open meanwhile, because passwords,
codes and second steps are counted apart.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
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
FREE_PER_ADDRESS = 40
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Charged:
    """Whether the try may go ahead. ``forgive`` takes it back after a success."""

    open: bool
    keys: tuple[str, ...] = ()

    def forgive(self, session: Session) -> None:
        """A success clears the account, and takes this one try off the address."""
        if not self.keys:
            return
        account, address = self.keys
        session.execute(sa.delete(SignInAttempts).where(SignInAttempts.key == account))
        session.execute(
            sa.update(SignInAttempts)
            .where(SignInAttempts.key == address, SignInAttempts.failures > 0)
            .values(failures=SignInAttempts.failures - 1)
            .execution_options(synchronize_session=False)
        )


def charge(kind: str, account: str) -> Charged:
    """Count one try of a kind (password, code, mail) on an account's address and from this browser's address."""
    secret = (current_app.config["SETTINGS"].secret_key,)
    mine = f"{kind}:{tokens.keyed(secret, 'attempts', account)}"
    from_here = f"address:{tokens.keyed(secret, 'attempts', _network(request.remote_addr or ''))}"
    with unit_of_work(db.session()) as session:
        rows = [_row(session, key) for key in (mine, from_here)]
        if any(_paused(row, free) for row, free in zip(rows, (FREE_PER_ACCOUNT, FREE_PER_ADDRESS), strict=True)):
            return Charged(False)
        for row in rows:
            row.failures += 1
            row.last_at = clock.now()
    return Charged(True, (mine, from_here))


def _network(address: str) -> str:
    """One IPv6 customer holds a whole /64, so it counts as one."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else address


def _row(session: Session, key: str) -> SignInAttempts:
    insert: Callable[..., Any] = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(SignInAttempts).values(key=key, failures=0, last_at=clock.now()).on_conflict_do_nothing())
    row = session.scalars(
        sa.select(SignInAttempts)
        .where(SignInAttempts.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.last_at < clock.now() - FORGOTTEN_AFTER:
        row.failures = 0
    return row


def _paused(row: SignInAttempts, free: int) -> bool:
    if row.failures < free:
        return False
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(row.failures - free, 10))
    return bool(row.last_at + pause > clock.now())
