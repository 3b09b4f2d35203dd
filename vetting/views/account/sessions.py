"""Signed-in browsers. Each is a row; ending the row signs that browser out at its next request.

The cookie carries a random token, the row only its digest. Office sessions end after twelve hours, because office
rights decide about others; other people stay signed in for thirty days, because drafts are written over weeks.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import g, request, session
from flask_login import login_user, logout_user
from sqlalchemy.orm import Session, contains_eager

from vetting import clock, tokens
from vetting.extensions import db
from vetting.models import OFFICE_ROLES, GrantState, LoginSession, RoleGrant, User
from vetting.queries.sign_ins import IN_USE, Shown

OFFICE_LIFE = timedelta(hours=12)
LIFE = timedelta(days=30)
FRESH = timedelta(minutes=30)
TOKEN = "sid"  # noqa: S105 - the name of a cookie value, not the value
ACCOUNT = "_user_id"
"""Where Flask-Login keeps whose account it is."""
FLASHES = "_flashes"


# Asked at every request, and built once.
_SIGNED_IN = sa.select(LoginSession).join(LoginSession.user).options(contains_eager(LoginSession.user)).where(*IN_USE)


def load_user(uniquifier: str) -> User | None:
    """The account behind the cookie, in one indexed read; None once the session has ended or run out."""
    shown = _shown(uniquifier)
    if shown is None:
        return None
    found = db.session.scalars(_SIGNED_IN, shown).first()
    if found is None:
        return None
    g.login_session = found
    g.sign_in_method = found.method
    return found.user


def shown() -> Shown | None:
    """What this browser shows of itself; None when it never signed in. Whether it still is, the database says."""
    return _shown(session.get(ACCOUNT))


def _shown(uniquifier: object) -> Shown | None:
    token = session.get(TOKEN)
    if not isinstance(token, str) or not isinstance(uniquifier, str) or not uniquifier:
        return None
    return {"digest": tokens.digest(token), "uniquifier": uniquifier, "now": clock.now()}


def begin(user: User, method: str) -> None:
    """Sign this browser in with a new token. The caller's unit of work keeps the row.

    What the browser had before (another person's session, a half-done sign-in) ends here.
    """
    said = session.get(FLASHES)
    end_current()
    if said:
        session[FLASHES] = said
    token = tokens.new_token()
    moment = clock.now()
    db.session.add(
        LoginSession(
            user_id=user.id,
            token_digest=tokens.digest(token),
            method=method,
            address=request.remote_addr or "",
            agent=(request.user_agent.string or "")[:300],
            authenticated_at=moment,
            expires_at=moment + (OFFICE_LIFE if _works_in_office(user) else LIFE),
        )
    )
    session[TOKEN] = token
    session.permanent = True
    login_user(user)
    g.pop("actor", None)
    g.sign_in_method = method


def _works_in_office(user: User) -> bool:
    return bool(
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(RoleGrant)
            .where(RoleGrant.user_id == user.id, RoleGrant.state == GrantState.ACTIVE, RoleGrant.role.in_(OFFICE_ROLES))
        )
    )


def end_current() -> None:
    """End the session of this browser. The caller's unit of work keeps that."""
    token = session.get(TOKEN)
    if isinstance(token, str):
        db.session.execute(
            sa.update(LoginSession)
            .where(LoginSession.token_digest == tokens.digest(token), LoginSession.ended_at.is_(None))
            .values(ended_at=clock.now())
            .execution_options(synchronize_session=False)
        )
    logout_user()
    session.clear()
    g.pop("actor", None)


def prove_again() -> None:
    """The person behind this browser has just proved who they are. The caller's unit of work keeps it."""
    found: LoginSession | None = g.get("login_session")
    if found is not None:
        found.authenticated_at = clock.now()


def end_all(database: Session, user_id: int, *, but: int | None = None) -> None:
    """Sign every browser of an account out, perhaps all but one."""
    condition = [LoginSession.user_id == user_id, LoginSession.ended_at.is_(None)]
    if but is not None:
        condition.append(LoginSession.id != but)
    database.execute(
        sa.update(LoginSession)
        .where(*condition)
        .values(ended_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def shorten(database: Session, user_id: int) -> None:
    """Hold browsers that were signed in before an office role came to the shorter life of office sessions."""
    latest = clock.now() + OFFICE_LIFE
    database.execute(
        sa.update(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.expires_at > latest)
        .values(expires_at=latest)
        .execution_options(synchronize_session=False)
    )


def current_id() -> int | None:
    """The id of this browser's session row."""
    found: LoginSession | None = g.get("login_session")
    return found.id if found else None


def fresh() -> bool:
    """Whether this person proved who they are a short while ago; sensitive acts ask again otherwise."""
    found: LoginSession | None = g.get("login_session")
    return found is not None and found.authenticated_at > clock.now() - FRESH
