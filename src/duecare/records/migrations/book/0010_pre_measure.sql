-- owner: measure
-- Alerts that were raised, each under a name that stays the same from day to day; sent once.
CREATE TABLE alerts (
    name      TEXT PRIMARY KEY,
    said      TEXT NOT NULL,
    raised_at TEXT NOT NULL,
    sent_at   TEXT
);
-- By what was measured from when on: promises, calendars and rules, so that a past report stays as it was.
CREATE TABLE measure_terms (
    since TEXT PRIMARY KEY,
    said  TEXT NOT NULL
);
-- Contacts drawn for review, equally over the tiers, and what the reviewer found.
CREATE TABLE quality_reviews (
    contact_id  TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    tier        TEXT NOT NULL,
    drawn_at    TEXT NOT NULL,
    reviewed_at TEXT,
    reviewed_by TEXT,
    listening   INTEGER,
    empathy     INTEGER,
    clarity     INTEGER,
    consistency INTEGER,
    heard       INTEGER,
    felt        INTEGER,
    acted       INTEGER
);
-- Who is to be called back, and why; closed, never deleted.
CREATE TABLE tasks (
    task        INTEGER PRIMARY KEY,
    origin      TEXT NOT NULL UNIQUE,
    customer_id TEXT NOT NULL,
    contact_id  TEXT,
    why         TEXT NOT NULL,
    opened_at   TEXT NOT NULL,
    closed_at   TEXT,
    closed_by   TEXT,
    outcome     TEXT
);
CREATE INDEX tasks_of ON tasks (customer_id);
