-- owner: tiers
-- What was proposed and applied: a plan once, an assignment from a date on. An assignment counts when its plan is applied.
CREATE TABLE plans (
    plan_hash   TEXT PRIMARY KEY,
    seq         INTEGER NOT NULL UNIQUE,
    run_id      TEXT NOT NULL,
    policy_hash TEXT NOT NULL,
    state       TEXT NOT NULL,
    applied_at  TEXT,
    applied_by  TEXT
);
CREATE TABLE assignments (
    customer_id TEXT NOT NULL,
    plan_hash   TEXT NOT NULL REFERENCES plans (plan_hash),
    tier        TEXT NOT NULL,
    why         TEXT NOT NULL,
    origin      TEXT NOT NULL,
    PRIMARY KEY (customer_id, plan_hash)
);
