-- owner: tiers
-- What people said of a customer, and no run may overrule: overrides, needs, objections, holds, appeals, partings. Ended, never deleted.
CREATE TABLE people_words (
    word        INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    value       TEXT NOT NULL,
    why         TEXT NOT NULL,
    said_by     TEXT NOT NULL,
    said_at     TEXT NOT NULL,
    until       TEXT,
    ended_at    TEXT,
    ended_by    TEXT,
    outcome     TEXT,
    outcome_why TEXT
);
CREATE INDEX people_words_of ON people_words (customer_id);
-- Who takes part in which comparison of levels, and in which arm; once given, an arm stays.
CREATE TABLE arms (
    experiment  TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    arm         TEXT NOT NULL,
    tier        TEXT NOT NULL,
    stratum     INTEGER NOT NULL,
    plan_hash   TEXT NOT NULL,
    PRIMARY KEY (experiment, customer_id)
);
