"""What is measured: who asks for what, against which bare counterpart, and the bounds to stay within."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.browser import Answer, Browser, csrf_field, signed_in
from bench.district import District
from bench.exemplars import ASKED_AND_ANSWERED
from bench.words import SEARCHED
from vetting.models import (
    CLOSED_STATES,
    Application,
    ApplicationKind,
    ApplicationState,
    DocumentVersion,
    EvidenceLink,
    EvidenceState,
    InformationRequest,
    Review,
    ReviewState,
    Role,
    RoleGrant,
    User,
)

Ask = Callable[[int], Answer]
"""Makes the request with this number."""

DEEP = 0.8
POSTS = 40


@dataclass(frozen=True)
class Bounds:
    """At the largest scale: times the bare counterpart, times the smallest scale, statements, bytes uncompressed."""

    floor: float
    growth: float
    queries: int | None = None
    size: int | None = None


PAGE, WRITE, FILE = "page", "write", "file"


@dataclass(frozen=True)
class Figure:
    """One thing to measure. ``most`` is how often it can be asked at most; what it should answer is part of it."""

    name: str
    floor: str
    bounds: Bounds
    ask: Ask
    status: HTTPStatus = HTTPStatus.OK
    most: int | None = None


@contextmanager
def figures(session: Session, district: District, port: int) -> Iterator[list[Figure]]:
    """Everything that is asked of the server, by browsers that are signed in until the block ends."""
    with ExitStack() as stack:

        def browser(user: User) -> Browser:
            found = signed_in(session, user, port)
            stack.callback(found.close)
            return found

        visitor = Browser(port)
        stack.callback(visitor.close)
        case = _long_case(session)
        asked = _asked(session)
        applicant = browser(_owner(session, asked))
        desk = browser(district.coordinator)
        leader = browser(district.leader)
        deep = f"/desk/queue?pile=done&after={_deep(session)}"
        found = [
            Figure("queue_first_page", PAGE, Bounds(2.5, 1.3, 8, 60_000), _get(desk, "/desk/queue")),
            Figure("queue_deep_page", PAGE, Bounds(3, 1.5, 8, 60_000), _get(desk, deep)),
            Figure(
                "queue_filtered", PAGE, Bounds(3, 1.5, 8, 60_000), _get(desk, "/desk/queue?pile=done&kind=portfolio")
            ),
            Figure("queue_search", PAGE, Bounds(3, 1.5, 8, 60_000), _get(desk, "/desk/queue?pile=done&q=harbor")),
            Figure("case_page", PAGE, Bounds(3.5, 1.2, 14, 90_000), _get(desk, f"/desk/cases/{case}")),
            Figure("lead_dashboard", PAGE, Bounds(4, 1.5, 12, 60_000), _get(browser(district.director), "/desk/lead")),
            Figure("applicant_status", PAGE, Bounds(2.5, 1.2, 8, 40_000), _get(applicant, f"/apply/{asked.reference}")),
            Figure("directory_search", PAGE, Bounds(3, 1.5, 8, 60_000), _get(visitor, f"/directory?q={SEARCHED}")),
            Figure("directory_first_page", PAGE, Bounds(3, 1.5, 8, 60_000), _get(visitor, "/directory")),
            Figure(
                "agreement_download",
                FILE,
                Bounds(1.3, 1.2),
                _get(leader, f"/agreements/{district.agreement}/document.pdf"),
            ),
            Figure(
                "agreement_page", PAGE, Bounds(3.5, 1.2, 20, 90_000), _get(leader, f"/agreements/{district.agreement}")
            ),
            Figure(
                "school_page", PAGE, Bounds(3.5, 1.2, 20, 90_000), _get(leader, f"/schools/{district.school.dese_id}")
            ),
            Figure(
                "countersigning_queue",
                PAGE,
                Bounds(4, 1.5, 12, 90_000),
                _get(browser(district.signatory), "/countersigning"),
            ),
            _returns(session, desk),
            _screenings(session, desk),
            _ratings(session, browser),
        ]
        # An open transaction would keep every writer waiting.
        session.commit()
        yield found


def _get(browser: Browser, path: str) -> Ask:
    return lambda number: browser.get(path)


def _posts(browser: Browser, forms: Sequence[tuple[str, dict[str, str]]]) -> Ask:
    fields = {"csrf_token": csrf_field(), "next": "/desk/queue"}
    return lambda number: browser.post(forms[number][0], {**fields, **forms[number][1]})


def _returns(session: Session, desk: Browser) -> Figure:
    """A document is returned with a reason: policy, guards, history, a message to the applicant, commit."""
    found = session.execute(
        sa.select(DocumentVersion.id, DocumentVersion.version)
        .join(EvidenceLink, EvidenceLink.document_version_id == DocumentVersion.id)
        .join(Application, Application.id == EvidenceLink.application_id)
        .where(DocumentVersion.state == EvidenceState.RECEIVED, Application.state == ApplicationState.IN_REVIEW)
        .order_by(DocumentVersion.id.desc())
        .limit(POSTS)
    ).all()
    forms = [
        (f"/steps/evidence/{number}/return", {"version": str(version), "reason": "The last page is missing."})
        for number, version in found
    ]
    ask = _posts(desk, forms)
    return Figure("post_step", WRITE, Bounds(4, 1.2, 15), ask, HTTPStatus.SEE_OTHER, len(forms))


def _screenings(session: Session, desk: Browser) -> Figure:
    """A new case is taken in hand: the step that moves a case."""
    found = session.execute(
        sa.select(Application.reference, Application.version)
        .where(Application.state == ApplicationState.SUBMITTED)
        .order_by(Application.id.desc())
        .limit(POSTS)
    ).all()
    forms = [(f"/steps/application/{name}/screen", {"version": str(version)}) for name, version in found]
    ask = _posts(desk, forms)
    return Figure("move_case", WRITE, Bounds(4, 1.2, 15), ask, HTTPStatus.SEE_OTHER, len(forms))


def _ratings(session: Session, browser: Callable[[User], Browser]) -> Figure:
    """One level with its reason, as the page saves it while a reviewer writes; another reason each time."""
    review = session.scalars(
        sa.select(Review)
        .join(Application, Application.id == Review.application_id)
        .where(
            Review.state == ReviewState.IN_PROGRESS,
            Application.state == ApplicationState.IN_REVIEW,
            Application.kind == ApplicationKind.PORTFOLIO,
        )
        .order_by(Review.id.desc())
        .limit(1)
    ).one()
    path = f"/desk/cases/{review.application.reference}/review/autosave"
    reviewer, fields = browser(review.reviewer), {"csrf_token": csrf_field(), "rating-P1.1": "3"}
    return Figure(
        "post_rating",
        WRITE,
        Bounds(4, 1.2, 15),
        lambda number: reviewer.post(path, {**fields, "reason-P1.1": f"Seen in the plan, in line {number}."}),
    )


def _long_case(session: Session) -> str:
    """The newest Portfolio case in review that was asked and answered again and again."""
    asked = (
        sa.select(sa.func.count(InformationRequest.id))
        .where(InformationRequest.application_id == Application.id)
        .scalar_subquery()
    )
    return session.scalars(
        sa.select(Application.reference)
        .where(
            Application.kind == ApplicationKind.PORTFOLIO,
            Application.state == ApplicationState.IN_REVIEW,
            asked == ASKED_AND_ANSWERED,
        )
        .order_by(Application.id.desc())
        .limit(1)
    ).one()


def _asked(session: Session) -> Application:
    """The newest case that waits for its applicant."""
    return session.scalars(
        sa.select(Application)
        .where(Application.state == ApplicationState.INFORMATION_REQUESTED)
        .order_by(Application.id.desc())
        .limit(1)
    ).one()


def _owner(session: Session, application: Application) -> User:
    return session.scalars(
        sa.select(User)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(RoleGrant.organization_id == application.organization_id, RoleGrant.role == Role.ORG_OWNER)
        .limit(1)
    ).one()


def _deep(session: Session) -> str:
    """A finished case far down the list, newest first."""
    finished = sa.select(Application.reference).where(Application.state.in_(sorted(CLOSED_STATES)))
    number = session.scalar(sa.select(sa.func.count()).select_from(finished.subquery())) or 0
    return session.scalars(finished.order_by(Application.id.desc()).offset(int(number * DEEP)).limit(1)).one()
