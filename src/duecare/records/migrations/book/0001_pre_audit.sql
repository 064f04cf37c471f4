-- owner: records
-- The audit chain: each row carries the hash of the one before it; ids only, never personal data.
CREATE TABLE audit (
    seq       INTEGER PRIMARY KEY,
    at        TEXT NOT NULL,
    actor     TEXT NOT NULL,
    kind      TEXT NOT NULL,
    detail    TEXT NOT NULL,
    previous  TEXT NOT NULL,
    hash      TEXT NOT NULL UNIQUE
);
