-- owner: identity
-- The models that weigh pairs of records, as JSON of shares, no values of anybody; the newest is pinned.
CREATE TABLE identity_models (
    seq       INTEGER PRIMARY KEY,
    version   TEXT NOT NULL,
    learnt_at TEXT NOT NULL,
    weights   TEXT NOT NULL
);
