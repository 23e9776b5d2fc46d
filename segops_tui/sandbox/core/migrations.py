"""The sandbox's tables, one migration after another.

Never edit a released step: change what it made in a later step. Times are INTEGER microseconds
since 1970-01-01 UTC, so comparisons are exact.
"""

from __future__ import annotations

import sqlite3
from typing import Final

FOUNDATION: Final = """
CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Events. `id` is the order of storing and breaks ties in `occurred_at`.
CREATE TABLE events (
    id          INTEGER PRIMARY KEY,
    user_id     TEXT    NOT NULL,
    event_type  TEXT    NOT NULL,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    payload     TEXT    NOT NULL
);
CREATE INDEX events_by_type ON events (event_type, user_id, occurred_at);
CREATE INDEX events_by_user ON events (user_id, occurred_at);

-- Every id that ever sent an event (not canonical), kept up to date at ingestion.
CREATE TABLE users (
    user_id     TEXT PRIMARY KEY,
    event_count INTEGER NOT NULL,
    first_seen  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL
) WITHOUT ROWID;

-- Alias to canonical id, already followed to the end: one join resolves an id.
CREATE TABLE identities (
    user_id      TEXT PRIMARY KEY,
    canonical_id TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE segments (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT    NOT NULL,
    description        TEXT    NOT NULL DEFAULT '',
    segment_type       TEXT    NOT NULL DEFAULT 'rule',
    definition         TEXT    NOT NULL DEFAULT '{}',
    is_active          INTEGER NOT NULL DEFAULT 1,
    status             TEXT    NOT NULL DEFAULT 'draft',
    member_count       INTEGER NOT NULL DEFAULT 0,
    last_computed_at   INTEGER,
    last_compute_error TEXT    NOT NULL DEFAULT '',
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
);

CREATE TABLE segment_versions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    segment_id INTEGER NOT NULL REFERENCES segments (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    definition TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL DEFAULT '',
    UNIQUE (segment_id, version)
);

CREATE TABLE segment_members (
    segment_id  INTEGER NOT NULL,
    user_id     TEXT    NOT NULL,
    computed_at INTEGER NOT NULL,
    PRIMARY KEY (segment_id, user_id)
) WITHOUT ROWID;
CREATE INDEX segment_members_by_user ON segment_members (user_id, segment_id);

-- One row per finished compute, for trends and sparklines.
CREATE TABLE segment_history (
    segment_id   INTEGER NOT NULL,
    computed_at  INTEGER NOT NULL,
    member_count INTEGER NOT NULL,
    PRIMARY KEY (segment_id, computed_at)
) WITHOUT ROWID;

CREATE TABLE segment_exports (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    segment_id   INTEGER NOT NULL,
    format       TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    file         TEXT,
    member_count INTEGER,
    error        TEXT    NOT NULL DEFAULT '',
    created_at   INTEGER NOT NULL,
    completed_at INTEGER,
    expires_at   INTEGER
);

CREATE TABLE product_schema (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    fields           TEXT    NOT NULL,
    default_currency TEXT    NOT NULL,
    default_locale   TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
);

CREATE TABLE products (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    sku                  TEXT    NOT NULL UNIQUE,
    name                 TEXT    NOT NULL,
    data                 TEXT    NOT NULL DEFAULT '{}',
    raw_data             TEXT,
    source               TEXT    NOT NULL,
    ai_readability_score REAL,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL
);

CREATE TABLE product_scores (
    product_id       INTEGER PRIMARY KEY REFERENCES products (id) ON DELETE CASCADE,
    score            REAL    NOT NULL,
    dimension_scores TEXT    NOT NULL,
    recommendations  TEXT    NOT NULL,
    scored_at        INTEGER NOT NULL
);

CREATE TABLE product_segments (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT    NOT NULL,
    description        TEXT    NOT NULL DEFAULT '',
    definition         TEXT    NOT NULL DEFAULT '{}',
    is_active          INTEGER NOT NULL DEFAULT 1,
    status             TEXT    NOT NULL DEFAULT 'draft',
    computed_count     INTEGER NOT NULL DEFAULT 0,
    last_computed_at   INTEGER,
    last_compute_error TEXT    NOT NULL DEFAULT '',
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
);

CREATE TABLE product_segment_members (
    segment_id INTEGER NOT NULL,
    sku        TEXT    NOT NULL,
    PRIMARY KEY (segment_id, sku)
) WITHOUT ROWID;

CREATE TABLE imports (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    status            TEXT    NOT NULL,
    filename          TEXT    NOT NULL,
    file              TEXT    NOT NULL,
    headers           TEXT    NOT NULL,
    sample_rows       TEXT    NOT NULL,
    suggested_schema  TEXT    NOT NULL,
    suggested_mapping TEXT    NOT NULL,
    mapping           TEXT,
    total_rows        INTEGER NOT NULL,
    processed_rows    INTEGER NOT NULL DEFAULT 0,
    created_count     INTEGER NOT NULL DEFAULT 0,
    updated_count     INTEGER NOT NULL DEFAULT 0,
    error_rows        INTEGER NOT NULL DEFAULT 0,
    errors            TEXT    NOT NULL DEFAULT '[]',
    error_message     TEXT    NOT NULL DEFAULT '',
    file_offset       INTEGER NOT NULL DEFAULT 0,
    created_at        INTEGER NOT NULL,
    completed_at      INTEGER
);

-- What earlier confirmed imports mapped a column to; it takes precedence over the suggestion.
CREATE TABLE remembered_columns (
    header TEXT PRIMARY KEY,
    target TEXT
) WITHOUT ROWID;

-- Queued and unfinished work; calls and the ticker run it when it is due.
CREATE TABLE work (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL,
    subject_id INTEGER NOT NULL,
    state      TEXT    NOT NULL DEFAULT 'queued',
    queued_at  INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    details    TEXT    NOT NULL DEFAULT '{}'
);
CREATE INDEX work_unfinished ON work (state, due_at);

CREATE TABLE idempotency (
    key          TEXT PRIMARY KEY,
    fingerprint  TEXT    NOT NULL,
    status       INTEGER NOT NULL,
    body         BLOB    NOT NULL,
    stored_at    INTEGER NOT NULL
) WITHOUT ROWID;
"""

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

-- Members of the external audience, as of the last successful sync.
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

-- Written in the transaction of the compute; sent once after it.
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

VISIBILITY: Final = """
CREATE TABLE ai_queries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    query_text  TEXT    NOT NULL UNIQUE,
    category    TEXT    NOT NULL DEFAULT '',
    tags        TEXT    NOT NULL DEFAULT '[]',
    providers   TEXT    NOT NULL DEFAULT '[]',
    is_active   INTEGER NOT NULL DEFAULT 1,
    schedule    TEXT    NOT NULL DEFAULT 'daily',
    last_run_at INTEGER,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);

-- One assistant's answer to one run. `position` is the own brand's rank when it was asked.
CREATE TABLE ai_results (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    query_id           INTEGER NOT NULL REFERENCES ai_queries (id) ON DELETE CASCADE,
    provider           TEXT    NOT NULL,
    raw_response       TEXT    NOT NULL,
    mentioned_brands   TEXT    NOT NULL,
    mentioned_products TEXT    NOT NULL,
    position           INTEGER,
    sentiment          TEXT    NOT NULL,
    is_simulated       INTEGER NOT NULL DEFAULT 1,
    captured_at        INTEGER NOT NULL
);
CREATE INDEX ai_results_by_query ON ai_results (query_id, captured_at, id);

CREATE TABLE competitors (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT    NOT NULL UNIQUE,
    domain        TEXT    NOT NULL DEFAULT '',
    brand_aliases TEXT    NOT NULL DEFAULT '[]',
    is_active     INTEGER NOT NULL DEFAULT 1,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
);

-- `question` is what the page answers; `blocks` is what the last build made of it.
CREATE TABLE pages (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    slug             TEXT    NOT NULL UNIQUE,
    query_id         INTEGER REFERENCES ai_queries (id) ON DELETE SET NULL,
    question         TEXT    NOT NULL,
    title            TEXT    NOT NULL,
    template         TEXT    NOT NULL DEFAULT 'default',
    published        INTEGER NOT NULL DEFAULT 0,
    builder_status   TEXT    NOT NULL DEFAULT 'draft',
    builder_error    TEXT    NOT NULL DEFAULT '',
    intro_copy       TEXT    NOT NULL DEFAULT '',
    product_skus     TEXT    NOT NULL DEFAULT '[]',
    blocks           TEXT    NOT NULL DEFAULT '[]',
    view_count       INTEGER NOT NULL DEFAULT 0,
    last_ai_crawl_at INTEGER,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
);
CREATE INDEX pages_by_query ON pages (query_id);

CREATE TABLE page_exports (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    page_id      INTEGER NOT NULL,
    format       TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    file         TEXT,
    error        TEXT    NOT NULL DEFAULT '',
    created_at   INTEGER NOT NULL,
    completed_at INTEGER,
    expires_at   INTEGER
);
CREATE INDEX page_exports_by_page ON page_exports (page_id);

-- The rowid is the product's id. Updated by a search, not by each write: that
-- would make an import of 33,000 rows take more than twice as long.
CREATE VIRTUAL TABLE products_fts USING fts5 (
    sku, name, body, tokenize = 'porter unicode61 remove_diacritics 2'
);

-- Indexed products that changed since. New products need no row: their ids are the highest.
CREATE TABLE products_unindexed (
    product_id INTEGER PRIMARY KEY
);
CREATE TRIGGER product_changed AFTER UPDATE OF sku, name, data ON products
WHEN old.sku IS NOT new.sku OR old.name IS NOT new.name OR old.data IS NOT new.data
BEGIN
    INSERT INTO products_unindexed (product_id) VALUES (new.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER product_deleted AFTER DELETE ON products
BEGIN
    INSERT INTO products_unindexed (product_id) VALUES (old.id) ON CONFLICT DO NOTHING;
END;
"""
"""Tracked questions and their answers, competitors, landing pages, and the index of products."""

ACCESS: Final = """
-- `mark` is a digest of the key; `origins` is separated by spaces.
CREATE TABLE api_keys (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    mark         TEXT    NOT NULL UNIQUE,
    prefix       TEXT    NOT NULL,
    origins      TEXT    NOT NULL DEFAULT '',
    hmac_secret  TEXT    NOT NULL DEFAULT '',
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
);
"""
"""API keys made by calls."""

MEMBERS: Final = """
CREATE TABLE members (
    segment_id INTEGER NOT NULL,
    user_id    TEXT    NOT NULL,
    PRIMARY KEY (segment_id, user_id)
) WITHOUT ROWID;
INSERT INTO members SELECT segment_id, user_id FROM segment_members;
DROP TABLE segment_members;
ALTER TABLE members RENAME TO segment_members;
CREATE INDEX segment_members_by_user ON segment_members (user_id, segment_id);
"""
"""Members without the time of their compute: it is the segment's."""

STEPS: Final[tuple[str, ...]] = (FOUNDATION, PEOPLE, VISIBILITY, ACCESS, MEMBERS)
"""Migrations in order; `PRAGMA user_version` counts the ones applied."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to the newest step, in one transaction.

    Raises:
        ValueError: the database was made by a newer version of this program.
    """
    version = _version(connection)
    if version > len(STEPS):
        raise ValueError(f"made by a newer version (schema {version}, known {len(STEPS)})")
    if version == len(STEPS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have migrated while this one waited for the lock.
        for number in range(_version(connection), len(STEPS)):
            for statement in _statements(STEPS[number]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> list[str]:
    """Split a script; `executescript` would commit the transaction we are in."""
    parts: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            parts.append(pending.strip())
            pending = ""
    return parts
