"""The floor: what a page costs that does nothing but its job. Flask, SQLAlchemy and Jinja, without policy or layout.

It is served as the product is, from a database of the same kind with the same durability, in the same run.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, request, send_file
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload, sessionmaker
from werkzeug.wrappers import Response

from bench.meter import metered
from vetting import extensions

ROWS = 10_000
PAGE = 50

PAGE_TEMPLATE = """<!doctype html><html lang="en"><title>{{ person.name }}</title><h1>{{ person.name }}</h1><table>
{% for item in items %}<tr><td><a href="/items/{{ item.id }}">{{ item.name }}</a></td><td>{{ item.state }}</td>
<td>{{ item.due_on }}</td><td>{{ item.place }}</td><td>{{ item.owner }}</td><td>{{ item.notes|length }}</td></tr>
{% endfor %}</table></html>"""


class Base(DeclarativeBase):
    """Tables of the floor alone."""


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))


class Item(Base):
    __tablename__ = "item"
    __table_args__ = (sa.Index("ix_item_list", "state", "due_on", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    state: Mapped[str] = mapped_column(sa.String(20))
    place: Mapped[str] = mapped_column(sa.String(40))
    owner: Mapped[str] = mapped_column(sa.String(40))
    due_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)
    notes: Mapped[list[Note]] = relationship()


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"), index=True)
    text: Mapped[str] = mapped_column(sa.String(200))


def seed(url: str) -> None:
    """Make the floor's own rows, unless they are there."""
    engine = sa.create_engine(url)
    extensions.prepare_engine(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        if session.scalar(sa.select(sa.func.count()).select_from(Item)):
            return
        session.add(Person(id=1, token="t" * 40, name="Somebody"))
        items = [
            {
                "id": number,
                "name": f"Item {number}",
                "state": "open" if number % 20 == 0 else "closed",
                "place": f"Place {number % 40}",
                "owner": f"Owner {number % 60}",
                "due_on": date(2026, 1, 1) + timedelta(days=number % 300),
                "version": 1,
            }
            for number in range(1, ROWS + 1)
        ]
        session.execute(sa.insert(Item), items)
        session.execute(
            sa.insert(Note), [{"item_id": number, "text": "Seen."} for number in range(1, ROWS + 1) for _time in (1, 2)]
        )
        session.commit()
    engine.dispose()


def create_floor() -> Flask:
    """The bare application over FLOOR_DATABASE_URL; /file sends the file that FLOOR_FILE names, and
    /upload keeps the files of a form in FLOOR_FOLDER: hashed, and on the disk before the answer leaves."""
    app = Flask(__name__)
    url = os.environ["FLOOR_DATABASE_URL"]
    engine = sa.create_engine(url, **({} if url.startswith("sqlite") else {"pool_pre_ping": True, "pool_size": 10}))
    extensions.prepare_engine(engine)
    sessions = sessionmaker(engine, expire_on_commit=False)
    template = app.jinja_env.from_string(PAGE_TEMPLATE)

    @app.get("/page")
    def page() -> str:
        extensions.writing.set(False)
        with sessions() as session:
            person = session.scalars(sa.select(Person).where(Person.token == "t" * 40)).one()
            items = session.scalars(
                sa.select(Item)
                .where(Item.state == "open")
                .order_by(Item.due_on, Item.id)
                .limit(PAGE)
                .options(selectinload(Item.notes))
            ).all()
            return template.render(person=person, items=items)

    @app.post("/write")
    def write() -> Response:
        extensions.writing.set(True)
        number = int(request.form["number"])
        with sessions() as session:
            item = session.get_one(Item, number)
            changed = session.connection().execute(
                sa.update(Item)
                .where(Item.id == number, Item.version == item.version)
                .values(version=item.version + 1, state="closed")
            )
            if changed.rowcount != 1:
                raise RuntimeError("somebody else was faster")
            session.add(Note(item_id=number, text="Changed."))
            session.commit()
        return Response(status=303, headers={"Location": "/page"})

    @app.get("/file")
    def file() -> Response:
        return send_file(Path(os.environ["FLOOR_FILE"]), mimetype="application/pdf", as_attachment=True)

    @app.post("/upload")
    def upload() -> str:
        for given in request.files.getlist("files"):
            digest = hashlib.sha256()
            with tempfile.NamedTemporaryFile(dir=os.environ["FLOOR_FOLDER"], delete=False) as out:
                while piece := given.stream.read(1024 * 1024):
                    digest.update(piece)
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            Path(out.name).rename(Path(out.name).with_name(f"{digest.hexdigest()}-{Path(out.name).name}"))
        return "kept"

    app.wsgi_app = metered(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app
