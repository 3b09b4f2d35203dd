"""``flask vetting verify`` after somebody with full rights on the database went around the program."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.factories import Factory
from vetting import clock
from vetting.models import (
    AgreementEdition,
    Attestation,
    Consent,
    ConsentWithdrawal,
    Designation,
    HistoryEntry,
    Note,
    NoteKind,
    Organization,
    PaperKind,
    PaperRecord,
    PaperSignature,
    PartnerState,
    Program,
    ProgramState,
    SealCertificate,
    SeenBy,
    Side,
    SignerRole,
    Suspension,
    protected,
)
from vetting.workflows import anchors
from vetting.workflows.effects import suspensions
from vetting.workflows.verify import check

Intruder = Callable[[Session], str]


def table_triggers_off(session: Session) -> None:
    """What a database administrator would do first."""
    connection = session.connection()
    for table in protected.PROTECTED:
        for act in ("update", "delete"):
            on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
            connection.exec_driver_sql(f"DROP TRIGGER protect_{table}_{act}{on}")


def table_triggers_on(session: Session) -> None:
    """... and last, so that nothing looks touched."""
    protected.install(session.connection())


def case(session: Session) -> list[HistoryEntry]:
    """The history of the one application, oldest first."""
    rows = session.scalars(
        sa.select(HistoryEntry).where(HistoryEntry.subject_type == "application").order_by(HistoryEntry.sequence)
    ).all()
    assert len(rows) > 5
    return list(rows)


def row(entry: HistoryEntry) -> str:
    return f"application {entry.subject_id}, row {entry.sequence}"


def change(session: Session, entry: HistoryEntry, **values: Any) -> None:
    session.execute(sa.update(HistoryEntry).where(HistoryEntry.id == entry.id).values(**values))
    session.expire_all()


def another(like: HistoryEntry, **values: Any) -> HistoryEntry:
    """A row that is right in itself: its hash fits its content."""
    columns = {
        column.key: getattr(like, column.key) for column in sa.inspect(HistoryEntry).columns if column.key != "id"
    }
    entry = HistoryEntry(**{**columns, **values})
    entry.hash = entry.computed_hash()
    return entry


def seal_again(session: Session, entries: list[HistoryEntry]) -> None:
    """Make every hash fit again, as somebody would who knows how they are made."""
    previous = entries[0].previous_hash
    for entry in entries:
        session.expire(entry)
        copy = another(entry, previous_hash=previous)
        change(session, entry, previous_hash=previous, hash=copy.hash)
        previous = copy.hash


def a_changed_reason(session: Session) -> str:
    entry = case(session)[3]
    change(session, entry, reason="Something else")
    return row(entry)


def a_changed_actor(session: Session) -> str:
    entry = case(session)[2]
    change(session, entry, actor_name="Somebody Else")
    return row(entry)


def a_changed_time(session: Session) -> str:
    entry = case(session)[2]
    change(session, entry, at=entry.at + timedelta(seconds=1))
    return row(entry)


def a_changed_fact(session: Session) -> str:
    entry = case(session)[4]
    change(session, entry, data={"made": "up"})
    return row(entry)


def a_changed_subject_of_the_timeline(session: Session) -> str:
    entry = case(session)[4]
    change(session, entry, school_id=99)
    return row(entry)


def a_changed_hash(session: Session) -> str:
    entry = case(session)[3]
    change(session, entry, hash="f" * 64)
    return row(entry)


def a_change_with_every_hash_made_anew(session: Session) -> str:
    entries = case(session)
    change(session, entries[3], reason="Something else")
    seal_again(session, entries[3:])
    return row(entries[3])


def an_inserted_row(session: Session) -> str:
    entries = case(session)
    for entry in reversed(entries[4:]):
        change(session, entry, sequence=entry.sequence + 1)
    session.add(another(entries[3], sequence=entries[3].sequence + 1, previous_hash=entries[3].hash))
    session.flush()
    return row(case(session)[4])


def an_inserted_row_with_every_hash_made_anew(session: Session) -> str:
    an_inserted_row(session)
    entries = case(session)
    seal_again(session, entries)
    return row(entries[4])


def an_appended_row_that_looks_right(session: Session) -> str:
    last = case(session)[-1]
    entry = another(
        last,
        sequence=last.sequence + 1,
        previous_hash=last.hash,
        step="withdraw",
        from_state="draft",
        to_state="withdrawn",
    )
    session.execute(sa.text("UPDATE application SET state = 'withdrawn'"))
    session.add(entry)
    session.flush()
    return row(entry)


def a_removed_row_in_the_middle(session: Session) -> str:
    entries = case(session)
    session.execute(sa.delete(HistoryEntry).where(HistoryEntry.id == entries[4].id))
    return row(entries[5])


def a_removed_last_row(session: Session) -> str:
    last = case(session)[-1]
    session.execute(sa.delete(HistoryEntry).where(HistoryEntry.id == last.id))
    return row(last)


def a_removed_history(session: Session) -> str:
    entry = case(session)[0]
    session.execute(
        sa.delete(HistoryEntry).where(
            HistoryEntry.subject_type == "application", HistoryEntry.subject_id == entry.subject_id
        )
    )
    return f"application {entry.subject_id}"


def a_removed_subject_with_its_history(session: Session) -> str:
    program = session.scalars(sa.select(Program)).one()
    session.execute(sa.text("DELETE FROM program_facet"))
    session.execute(
        sa.delete(HistoryEntry).where(HistoryEntry.subject_type == "program", HistoryEntry.subject_id == program.id)
    )
    session.execute(sa.delete(Program))
    return f"program {program.id}"


def a_removed_subject(session: Session) -> str:
    program = session.scalars(sa.select(Program)).one()
    session.execute(sa.delete(Program))
    return f"program {program.id}"


def an_invented_subject(session: Session) -> str:
    there = session.scalars(sa.select(Program)).one()
    session.execute(
        sa.insert(Program).values(
            reference="PRG-INVENTED",
            organization_id=there.organization_id,
            name="Invented",
            state=ProgramState.APPROVED,
        )
    )
    return f"program {session.scalar(sa.select(sa.func.max(Program.id)))}"


def a_state_changed_behind_the_back(session: Session) -> str:
    session.execute(sa.text("UPDATE program SET state = 'approved'"))
    return f"program {session.scalars(sa.select(Program.id)).one()}"


INTRUSIONS: tuple[Intruder, ...] = (
    a_changed_reason,
    a_changed_actor,
    a_changed_time,
    a_changed_fact,
    a_changed_subject_of_the_timeline,
    a_changed_hash,
    a_change_with_every_hash_made_anew,
    an_inserted_row,
    an_inserted_row_with_every_hash_made_anew,
    an_appended_row_that_looks_right,
    a_removed_row_in_the_middle,
    a_removed_last_row,
    a_removed_history,
    a_removed_subject_with_its_history,
    a_removed_subject,
    an_invented_subject,
    a_state_changed_behind_the_back,
)


@pytest.mark.parametrize("intrude", INTRUSIONS, ids=lambda intrude: intrude.__name__)
def test_what_goes_around_the_program_is_found_and_named(
    app: Flask, make: Factory, session: Session, intrude: Intruder
) -> None:
    make.fill(make.registration())
    assert list(check(session)) == []
    table_triggers_off(session)
    place = intrude(session)
    table_triggers_on(session)
    session.commit()

    result = app.test_cli_runner().invoke(args=["vetting", "verify"])

    assert result.exit_code == 1
    assert f"The first: {place}: " in result.output


def test_a_history_nobody_touched_agrees(app: Flask, make: Factory) -> None:
    make.approved(make.portfolio())
    result = app.test_cli_runner().invoke(args=["vetting", "verify"])
    assert (result.exit_code, "agree" in result.output) == (0, True), result.output


def test_a_missing_protection_is_named(app: Flask, session: Session) -> None:
    table_triggers_off(session)
    session.commit()
    result = app.test_cli_runner().invoke(args=["vetting", "verify"])
    assert result.exit_code == 1
    assert "protect_history_entry_update is missing" in result.output


def test_a_designation_changed_behind_the_back_is_named(make: Factory, session: Session) -> None:
    """The partner's own row and history agree, but the designation they follow from is gone."""
    organization = make.partner()
    session.execute(sa.update(Designation).values(state="ended"))
    session.execute(sa.update(HistoryEntry).where(sa.false()).values(reason=""))
    session.commit()
    session.expire_all()
    found = [str(finding) for finding in check(session)]
    assert any(text.startswith("designation ") and "history says “in_force”" in text for text in found)
    assert any(
        text.startswith(f"partner {organization.id}: ") and "designations say “lapsed”" in text for text in found
    )


def test_a_suspension_lifted_behind_the_back_is_named(make: Factory, session: Session) -> None:
    organization = make.partner()
    director = make.director()
    suspension = suspensions.drafted(session, organization, director.id, "Insurance ended.", clock.now())
    make.take("suspension", suspension, "impose", make.actor(director), reason="Insurance ended.")
    assert organization.state is PartnerState.SUSPENDED
    assert list(check(session)) == []
    session.execute(sa.update(Suspension).values(state="lifted"))
    session.commit()
    session.expire_all()
    assert any("its designations say “partner”" in str(finding) for finding in check(session))


def test_an_exit_taken_back_behind_the_back_is_named(make: Factory, session: Session) -> None:
    organization = make.partner()
    owner = make.actor(make.owner_of(organization))
    make.take("partner", organization, "exit", owner, reason="We close.")
    session.execute(sa.update(Organization).values(exited_on=None))
    session.commit()
    session.expire_all()
    assert any("its designations say “lapsed”" in str(finding) for finding in check(session))


@pytest.mark.parametrize("table", sorted(protected.PROTECTED))
@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_itself_refuses(make: Factory, session: Session, table: str, act: str) -> None:
    fill(make, session, table)
    column = (protected.PROTECTED[table].columns or ("id",))[-1]
    statement = f"UPDATE {table} SET {column} = {column}" if act == "update" else f"DELETE FROM {table}"
    with pytest.raises(DBAPIError, match=f"rows of {table} are never changed"):
        session.execute(sa.text(statement))
    session.rollback()


def fill(make: Factory, session: Session, table: str) -> None:
    """Make sure that there is a row to protect."""
    if table in {"agreement_version", "consent", "signature", "executed_document"}:
        make.in_force(make.agreement())
    elif table == "agreement_edition":
        agreement, leader = make.agreement(), make.person("Lee Leader")
        session.add(
            AgreementEdition(
                agreement=agreement,
                number=99,
                content={},
                content_sha256="0" * 64,
                side=Side.SCHOOL,
                shared_by_id=leader.id,
                shared_at=clock.now(),
            )
        )
        session.commit()
    elif table == "seal_certificate":
        seal = {"fingerprint": "0" * 64, "subject": "A seal", "chain": "", "development": True}
        session.add(SealCertificate(**seal, first_used_at=clock.now()))
        session.commit()
    elif table in {"ledger_entry", "ledger_line"}:
        make.money(make.school(), cents=1_000_00)
    elif table == "document_version":
        make.document(make.organization(), "w9")
    elif table in {"submission", "review_revision"}:
        make.ready_to_decide()
    elif table == "note":
        application, author = make.submitted(), make.coordinator()
        note = Note(
            application=application,
            author_id=author.id,
            kind=NoteKind.COMMENT,
            body="Rang them.",
            seen_by=SeenBy.OFFICE,
        )
        make.take("note", note, "write", make.actor(author))
    elif table == "attestation":
        person = make.reviewer()
        word = Attestation(user_id=person.id, year="2026-27", text_version="1")
        make.take("attestation", word, "make", make.actor(person))
    elif table in {"consent_withdrawal", "paper_signature"}:
        make.in_force(make.agreement())
        session.add(ConsentWithdrawal(consent=session.scalars(sa.select(Consent)).all()[0], withdrawn_at=clock.now()))
        record_paper(make, session)
    assert session.scalar(sa.text(f"SELECT count(*) FROM {table}")) > 0


def record_paper(make: Factory, session: Session) -> None:
    """A scan that names one person who signed."""
    agreement, clerk = make.agreement(), make.coordinator()
    scan = make.document(agreement.organization, "scope_of_service_agreement")
    mark = PaperSignature(position=1, role=SignerRole.PARTNER_SIGNER, name="Ann Example", signed_on=clock.today())
    session.add(
        PaperRecord(
            reference="PAP-AAAA-AAAA",
            agreement=agreement,
            kind=PaperKind.OUR_TEXT,
            number=1,
            document_version=scan,
            words_sha256="0" * 64,
            recorded_by_id=clerk.id,
            recorded_at=clock.now(),
            signatures=[mark],
        )
    )
    session.commit()


@pytest.mark.postgresql
@pytest.mark.parametrize("table", sorted(protected.PROTECTED))
def test_no_protected_table_is_emptied_at_once(session: Session, table: str) -> None:
    with pytest.raises(DBAPIError, match="are never changed"):
        session.execute(sa.text(f"TRUNCATE {table} CASCADE"))
    session.rollback()


def test_a_crash_between_commit_and_its_mark_is_no_finding(make: Factory, session: Session) -> None:
    """The promise alone proves nothing either way; the row it names is in the database or it is not."""
    make.organization()
    path = anchors._folder / "heads.jsonl"  # type: ignore[operator]
    lines = path.read_text().splitlines(keepends=True)
    assert lines[-1].startswith('["="')
    path.write_text("".join(lines[:-1]) + '["+","partner",12345,1,"abc')
    assert list(check(session)) == []
