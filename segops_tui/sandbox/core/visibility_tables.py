"""The tables of AI visibility, pages and product search: a migration step.

Knows SQL only. Like every step it is never edited once released.
"""

from __future__ import annotations

from typing import Final

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

-- The rowid is the product's id. Brought up to date when somebody searches: keeping it so at
-- every write would have an import of 33,000 rows take more than twice as long.
CREATE VIRTUAL TABLE products_fts USING fts5 (
    sku, name, body, tokenize = 'porter unicode61 remove_diacritics 2'
);

-- Indexed products which have changed since. New ones need no note: their ids are the highest.
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
