"""What steps of reference data, fund years and assessments change."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from vetting.data.reading import Node, content_hash, read_header
from vetting.fund import ledger
from vetting.fund.allocation import FundRule, NeedWeight, SchoolNeed, allocate
from vetting.models import (
    ActionItem,
    Allocation,
    Assessment,
    AssessmentRating,
    FundYear,
    IndexScore,
    ReferenceKind,
    ReferenceState,
    ReferenceVersion,
    Round,
    School,
    SchoolYear,
)
from vetting.queries import references
from vetting.workflows.commands import SaveAssessment, SaveContent, SaveRound
from vetting.workflows.definition import Context
from vetting.workflows.effects import deadlines, money


def publish(version: ReferenceVersion, context: Context) -> Mapping[str, Any]:
    """The version becomes current; the one before it retires. Cases keep the version they pinned."""
    version.published_at = context.now
    with context.session.no_autoflush:
        former = context.session.scalars(
            sa.select(ReferenceVersion).where(
                ReferenceVersion.kind == version.kind,
                ReferenceVersion.key == version.key,
                ReferenceVersion.state == ReferenceState.PUBLISHED,
                ReferenceVersion.id != version.id,
            )
        ).first()
        if former is not None:
            # Both rows are written at once, the older first, so that two are never published together.
            context.then("reference", former, "retire")
    return {"number": version.number, "sha256": version.content_sha256}


def save_content(version: ReferenceVersion, context: Context) -> Mapping[str, Any]:
    """Take over what an editor made of a draft; the history says which part of it they changed."""
    command: SaveContent = context.data
    header = read_header(Node(command.content, version.key))
    version.content = dict(command.content)
    version.content_sha256 = content_hash(command.content)
    version.title = header.title
    version.provenance = header.provenance
    version.provenance_note = header.provenance_note
    return {"changed": command.what, "sha256": version.content_sha256}


def open_round(round_: Round, context: Context) -> Mapping[str, Any]:
    """The round takes the rules of the deadline and the newest form as it opens, and keeps them."""
    newest = references.current(context.session, ReferenceKind.FORM, round_.form_version.key)
    round_.form_version = newest
    return {**(deadlines.pin_rules(round_, context)), "form": newest.number}


def save_round(round_: Round, context: Context) -> Mapping[str, Any]:
    """Change a round that is not open yet."""
    command: SaveRound = context.data
    changed = []
    for field in dataclasses.fields(command):
        value = getattr(command, field.name)
        value = list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value
        if getattr(round_, field.name) != value:
            setattr(round_, field.name, value)
            changed.append(field.name)
    return {"changed": sorted(changed)}


def calculate(year: FundYear, context: Context) -> Mapping[str, Any]:
    """Divide the year's total among the schools by enrollment and Opportunity Index, to the cent."""
    rows = context.session.execute(
        sa.select(School.id, School.dese_id, SchoolYear.enrollment, IndexScore.hundredths)
        .join(SchoolYear, sa.and_(SchoolYear.school_id == School.id, SchoolYear.school_year == year.enrollment_year))
        .join(IndexScore, sa.and_(IndexScore.school_id == School.id, IndexScore.school_year == year.index_year))
        .order_by(School.dese_id)
    ).all()
    ids = {dese_id: school_id for school_id, dese_id, _, _ in rows}
    needs = [SchoolNeed(dese_id, enrollment, index) for _, dese_id, enrollment, index in rows]
    division = allocate(year.total_cents, needs, FundRule(year.threshold_hundredths, NeedWeight(year.need_weight)))
    kept = {share.school_id: share for share in year.allocations}
    for share in division.shares:
        school_id = ids[share.school]
        row = kept.pop(school_id, None)
        if row is None:
            row = Allocation(fund_year=year, school_id=school_id)
            context.session.add(row)
        row.amount_cents = share.amount_cents
        row.explanation = {
            "enrollment": share.enrollment,
            "index_hundredths": share.index,
            "threshold_hundredths": year.threshold_hundredths,
            "eligible": share.eligible,
            "points": share.product,
            "all_points": division.pool_product,
            "pool_cents": division.pool_cents,
            "rounding_cent": share.rounding_cent,
        }
    for row in kept.values():
        year.allocations.remove(row)
        context.session.delete(row)
    return {"schools": len(needs), "total_cents": year.total_cents}


def publish_fund_year(year: FundYear, context: Context) -> Mapping[str, Any]:
    """Post each school's allocation to the ledger."""
    posted = 0
    for share in year.allocations:
        if share.amount_cents == 0:
            continue
        posted += 1
        money.post(
            ledger.allocation(share.school.dese_id, share.amount_cents),
            context,
            fund_year_id=year.id,
            school_id=share.school_id,
            business_key=f"allocation:{year.id}:{share.school_id}",
            memo=year.fiscal_year,
        )
    return {"schools": posted, "total_cents": year.total_cents}


def save_assessment(assessment: Assessment, context: Context) -> Mapping[str, Any]:
    """Keep levels and notes; the action plan is replaced as a whole."""
    command: SaveAssessment = context.data
    kept = {rating.indicator_key: rating for rating in assessment.ratings}
    for key, (level, note) in command.ratings.items():
        rating = kept.get(key)
        if rating is None:
            assessment.ratings.append(AssessmentRating(indicator_key=key, level=level, note=note))
        else:
            rating.level, rating.note = level, note
    if command.actions is not None:
        for old in list(assessment.actions):
            assessment.actions.remove(old)
            context.session.delete(old)
        assessment.actions.extend(
            ActionItem(indicator_key=item.indicator_key, action=item.action, owner=item.owner, due_on=item.due_on)
            for item in command.actions
        )
    return {"indicators": sorted(command.ratings)}


def submit_assessment(assessment: Assessment, context: Context) -> None:
    assessment.submitted_at = context.now
