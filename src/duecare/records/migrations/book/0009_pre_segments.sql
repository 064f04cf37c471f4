-- owner: tiers
-- Static segments: who was in one when a person froze it. Freezing it again makes a new list; the newest counts.
CREATE TABLE frozen_segments (
    freezing  INTEGER PRIMARY KEY,
    name      TEXT NOT NULL,
    condition TEXT NOT NULL,
    frozen_at TEXT NOT NULL,
    frozen_by TEXT NOT NULL
);
CREATE TABLE frozen_members (
    freezing    INTEGER NOT NULL REFERENCES frozen_segments (freezing),
    customer_id TEXT NOT NULL,
    PRIMARY KEY (freezing, customer_id)
);
