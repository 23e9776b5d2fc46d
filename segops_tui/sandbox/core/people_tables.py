"""The tables of everything about people and what is told to others: a migration step.

Knows SQL only. Like every step it is never edited once released.
"""

from __future__ import annotations

from typing import Final

PEOPLE: Final = """
CREATE TABLE event_schemas (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    event_type  TEXT    NOT NULL UNIQUE,
    description TEXT    NOT NULL DEFAULT '',
    properties  TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);

-- Events that were dropped because they broke their schema.
CREATE TABLE schema_errors (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    event_type  TEXT    NOT NULL,
    user_id     TEXT    NOT NULL,
    errors      TEXT    NOT NULL,
    payload     TEXT    NOT NULL,
    received_at INTEGER NOT NULL
);
CREATE INDEX schema_errors_by_type ON schema_errors (event_type, id);

-- A visitor's first claim, and merges of known users. `identities` is these, followed to the end.
CREATE TABLE alias_edges (
    visitor_id TEXT    PRIMARY KEY,
    user_id    TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX alias_edges_by_user ON alias_edges (user_id);

CREATE TABLE merges (
    from_user_id TEXT    PRIMARY KEY,
    into_user_id TEXT    NOT NULL,
    created_at   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX merges_by_target ON merges (into_user_id);

CREATE INDEX identities_by_canonical ON identities (canonical_id);
INSERT INTO alias_edges (visitor_id, user_id, created_at)
    SELECT user_id, canonical_id, 0 FROM identities;

CREATE TABLE activations (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    segment_id     INTEGER NOT NULL,
    connector_type TEXT    NOT NULL,
    config         TEXT    NOT NULL,
    status         TEXT    NOT NULL DEFAULT 'inactive',
    last_synced_at INTEGER,
    last_error     TEXT    NOT NULL DEFAULT '',
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
);
CREATE INDEX activations_by_segment ON activations (segment_id);

-- Whom the outside audience holds, as far as we know: what the last successful sync pushed.
CREATE TABLE sync_members (
    activation_id INTEGER NOT NULL,
    user_id       TEXT    NOT NULL,
    PRIMARY KEY (activation_id, user_id)
) WITHOUT ROWID;

CREATE TABLE sync_logs (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    activation_id INTEGER NOT NULL,
    status        TEXT    NOT NULL,
    user_count    INTEGER NOT NULL,
    added         INTEGER NOT NULL,
    removed       INTEGER NOT NULL,
    error_message TEXT    NOT NULL,
    synced_at     INTEGER NOT NULL
);
CREATE INDEX sync_logs_by_activation ON sync_logs (activation_id, id);

CREATE TABLE webhooks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    url         TEXT    NOT NULL,
    secret      TEXT    NOT NULL DEFAULT '',
    description TEXT    NOT NULL DEFAULT '',
    is_active   INTEGER NOT NULL DEFAULT 1,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);

-- Written in the transaction of the compute, sent once after it.
CREATE TABLE deliveries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id  INTEGER NOT NULL,
    segment_id  INTEGER NOT NULL,
    url         TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    signature   TEXT    NOT NULL,
    status      TEXT    NOT NULL DEFAULT 'pending',
    status_code INTEGER,
    error       TEXT    NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,
    started_at  INTEGER,
    finished_at INTEGER
);
CREATE INDEX deliveries_unfinished ON deliveries (id) WHERE status IN ('pending', 'sending');
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);
"""
"""Event schemas, identity, activations and webhooks."""
