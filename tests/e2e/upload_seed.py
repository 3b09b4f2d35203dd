"""An organization that has begun its registration: ``python -m tests.e2e.upload_seed``. Prints where its papers go."""

from __future__ import annotations

import json
import sys

from flask_security import hash_password
from sqlalchemy.orm import Session

from tests.e2e.seed import PASSWORD
from tests.factories import Factory
from vetting import create_app
from vetting.extensions import db


def main() -> None:
    app = create_app()
    with app.app_context():
        session = Session(db.engine, expire_on_commit=False)
        make = Factory(session, app.extensions["store"])
        owner = make.person("Ana Applicant", email="ana@harbor-strings.example", password=hash_password(PASSWORD))
        application = make.registration(make.organization(owner, name="Harbor Strings"))
        session.commit()
        page = f"/apply/{application.reference}/documents/articles_or_charter"
        session.close()
    sys.stdout.write(json.dumps({"page": page}) + "\n")


if __name__ == "__main__":
    main()
