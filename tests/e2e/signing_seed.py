"""An agreement that is out for signature: ``python -m tests.e2e.signing_seed``. Prints it and who signs it."""

from __future__ import annotations

import json
import sys

from flask_security import hash_password
from sqlalchemy.orm import Session

from tests.e2e.seed import PASSWORD
from tests.factories import Factory
from vetting import create_app
from vetting.extensions import db
from vetting.unit_of_work import unit_of_work


def main() -> None:
    app = create_app()
    with app.app_context():
        session = Session(db.engine, expire_on_commit=False)
        make = Factory(session, app.extensions["store"])
        agreement = make.sent()
        people = [signer.user for signer in agreement.versions[-1].signers]
        with unit_of_work(session):
            for user in people:
                user.password = hash_password(PASSWORD)
        signers = [(user.name, user.email) for user in people]
        sys.stdout.write(json.dumps({"reference": agreement.reference, "signers": signers}) + "\n")
        session.close()


if __name__ == "__main__":
    main()
