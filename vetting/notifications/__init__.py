"""From an outbox message to a mail: words by table, facts read again at the moment of sending."""
