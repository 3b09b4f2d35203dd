"""How Flask-Security reaches our accounts: through the unit of work, and without roles of its own."""

from __future__ import annotations

from flask_security import RoleMixin
from flask_security.datastore import SQLAlchemyUserDatastore

from vetting.extensions import db
from vetting.models import User, WebAuthn
from vetting.unit_of_work import unit_of_work


class NoRole(RoleMixin):
    """Flask-Security asks for a kind of role. Ours are grants, decided by the policy, so this one has no instances."""


class Accounts(SQLAlchemyUserDatastore):
    """The accounts, committed like everything else."""

    def __init__(self) -> None:
        super().__init__(db, User, NoRole, WebAuthn)

    def commit(self) -> None:
        with unit_of_work(self.db.session()):
            pass
