"""What a load balancer and a monitor are told."""

from __future__ import annotations

import sqlalchemy as sa


def test_ready_says_so_and_nothing_more(client):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready"})


def test_ready_fails_when_a_protection_is_gone(client, session):
    drop = "DROP TRIGGER protect_history_entry_delete"
    if session.get_bind().dialect.name == "postgresql":
        drop += " ON history_entry"
    session.execute(sa.text(drop))
    session.commit()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.get_json()) == (503, {"status": "not ready"})


def test_live_asks_no_database(client, statements):
    with statements() as sent:
        assert client.get("/health/live").status_code == 200
    assert sent == []
