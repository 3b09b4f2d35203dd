"""What a few weeks at the desk leave behind: notes and messages, flags, holds, views, one run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from vetting import clock
from vetting.jobs import bulk_acts
from vetting.jobs.demo.cast import ADMIN, OFFICE
from vetting.jobs.demo.plans import organization, read, reference
from vetting.jobs.demo.scene import Scene
from vetting.models import (
    Application,
    BulkAct,
    BulkRun,
    Cover,
    DeskFeature,
    Feature,
    Flag,
    Note,
    NoteKind,
    SavedView,
    SeenBy,
)
from vetting.policy import SYSTEM, Actor
from vetting.queries.custody import next_open_day
from vetting.workflows.commands import HoldCase, PlanRun

Row = Mapping[str, Any]

DAY_OF_THE_SWITCHES, DAY_OF_THE_VIEWS = 30, 14


@cache
def _plans() -> Mapping[str, Any]:
    found: Mapping[str, Any] = read("desk.yaml")
    return found


def switch_on(scene: Scene) -> None:
    """Parts of the desk that a visitor would otherwise not find, and a cover for a week to come."""
    at = scene.house.moment(DAY_OF_THE_SWITCHES)
    for name in _plans()["features"]:
        part = DeskFeature(feature=Feature(name), created_at=at)
        scene.take("desk_feature", part, "begin", scene.acting(ADMIN), at)
    row = _plans()["cover"]
    absent, substitute = _person(scene, row["absent"]), _person(scene, row["substitute"])
    at = scene.house.moment(2, 15)
    cover = Cover(
        absent_id=absent.user_id,
        substitute_id=substitute.user_id,
        starts_on=scene.house.day(row["starts_in"]),
        ends_on=scene.house.day(row["ends_in"]),
        set_by_id=absent.user_id,
        created_at=at,
    )
    scene.take("cover", cover, "agree", absent, at)


def work(scene: Scene) -> None:
    """Notes, messages, flags and holds on cases that are open."""
    said: dict[str, Note] = {}
    for row in _plans()["notes"]:
        said[row["key"]] = _note(scene, row, said.get(row.get("to", "")))
    for row in _plans()["flags"]:
        _flag(scene, row)
    for row in _plans()["holds"]:
        wakes_on = next_open_day(scene.house.day(row["wakes_in"]))
        case, by = _case(scene, row), _person(scene, row["by"])
        scene.take("application", case, "hold", by, _at(scene, case, row), data=HoldCase(wakes_on), reason=row["text"])


def _note(scene: Scene, row: Row, parent: Note | None) -> Note:
    case, kind = _case(scene, row), NoteKind(row["kind"])
    applicant = row["by"] == "owner"
    author = scene.acting(organization(row["case"]).owner_email) if applicant else _person(scene, row["by"])
    at = _at(scene, case, row, 1 + list(_plans()["notes"]).index(row))
    happened = kind in {NoteKind.CALL, NoteKind.VISIT, NoteKind.MEETING}
    note = Note(
        application=case,
        parent=parent,
        kind=kind,
        seen_by=SeenBy.APPLICANT if kind is NoteKind.MESSAGE else SeenBy.OFFICE,
        author_id=author.user_id,
        from_applicant=applicant,
        body=row["text"],
        happened_on=clock.local_date(at) if happened else None,
        with_whom=row.get("with", ""),
        created_at=at,
    )
    step = "write" if kind is not NoteKind.MESSAGE else "reply" if applicant else "send"
    scene.take("note", note, step, author, at)
    return note


def _flag(scene: Scene, row: Row) -> None:
    case, by = _case(scene, row), _person(scene, row["by"])
    at = _at(scene, case, row, 30)
    owner = _person(scene, row["owner"])
    flag = Flag(application=case, reason=row["text"], owner_id=owner.user_id, raised_by_id=by.user_id, created_at=at)
    scene.take("flag", flag, "raise", by, at)
    if "resolved" in row:
        later = min(at + timedelta(hours=3), scene.house.anchor)
        scene.take("flag", flag, "resolve", owner, later, reason=row["resolved"])


def keep_views(scene: Scene) -> None:
    """Views of the queue under a name, for the team and for one person."""
    for row in _plans()["views"]:
        scene.session.add(
            SavedView(
                reference=reference("VIEW", row["key"]),
                owner_id=_person(scene, row["by"]).user_id,
                name=row["name"],
                arguments=row["arguments"],
                team=row["team"],
                created_at=scene.house.moment(DAY_OF_THE_VIEWS),
            )
        )


def run_over_many(scene: Scene) -> None:
    """A coordinator took new cases out of the pool at once; one of them had somebody already."""
    row = _plans()["run"]
    by, at = _person(scene, row["by"]), scene.house.moment(row["days"], 16)
    run = BulkRun(
        reference=reference("RUN", row["key"]),
        act=BulkAct.MOVE,
        made_by_id=by.user_id,
        parameters={"step": row["step"]},
        created_at=at,
    )
    cases = [_case(scene, {"case": key}) for key in row["cases"]]
    at = max(at, *(case.state_since for case in cases))
    scene.take("bulk_run", run, "plan", by, at, data=PlanRun(tuple((case, {}) for case in cases)))
    scene.take("bulk_run", run, "start", by, at)
    for item in sorted(run.items, key=lambda item: item.position):
        against = bulk_acts.obstacle(scene.session, run, item.application, item.action, by)
        if against is None:
            words = bulk_acts.tasks_for(scene.session, run, item.application, item.action).words
            scene.take("application", item.application, row["step"], by, at)
            scene.take("bulk_item", item, "done", SYSTEM, at, data=words)
        else:
            scene.take("bulk_item", item, "refuse", SYSTEM, at, data=against)
    scene.take("bulk_run", run, "finish", SYSTEM, at)


def _person(scene: Scene, name: str) -> Actor:
    return scene.acting(f"{name}@{OFFICE}")


def _case(scene: Scene, row: Row) -> Application:
    key = f"{row['case']}:open" if row.get("open") else row["case"]
    return scene.session.scalars(sa.select(Application).where(Application.reference == reference("VET", key))).one()


def _at(scene: Scene, case: Application, row: Row, minutes: int = 5) -> datetime:
    """The day of the row, but never before the case came where it is, and never in the future."""
    found = max(scene.house.moment(row["days"], 11), case.state_since) + timedelta(minutes=minutes)
    return min(found, scene.house.anchor)
