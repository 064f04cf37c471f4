-- owner: helpdesk
-- Each help desk: the salt of its marks, how far its people were read, and who is at work on it until when.
CREATE TABLE desks (
    desk   TEXT PRIMARY KEY,
    salt   TEXT NOT NULL,
    cursor TEXT NOT NULL,
    holder TEXT,
    until  TEXT
);
-- The people of a desk as they were seen last, by the desk's own numbers; what Duecare wrote last, and what the desk refused. An e-mail is kept as a mark.
CREATE TABLE desk_people (
    desk        TEXT NOT NULL,
    person      TEXT NOT NULL,
    external_id TEXT,
    email_mark  TEXT,
    observed    TEXT NOT NULL,
    customer_id TEXT,
    applied     TEXT NOT NULL,
    refused     TEXT,
    refused_why TEXT,
    PRIMARY KEY (desk, person)
);
CREATE INDEX desk_people_of ON desk_people (customer_id);
-- One row a push, rollback or clearing.
CREATE TABLE desk_runs (
    run      INTEGER PRIMARY KEY,
    desk     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    undoes   INTEGER,
    actor    TEXT NOT NULL,
    began_at TEXT NOT NULL,
    ended_at TEXT,
    state    TEXT NOT NULL,
    facts    TEXT NOT NULL
);
-- Written before a batch is sent, and gone when its receipts are in: what may be under way.
CREATE TABLE desk_outbox (
    run     INTEGER NOT NULL,
    batch   INTEGER NOT NULL,
    job     TEXT,
    changes TEXT NOT NULL,
    PRIMARY KEY (run, batch)
);
-- What became of each profile that a run meant to change.
CREATE TABLE desk_receipts (
    run          INTEGER NOT NULL,
    person       TEXT NOT NULL,
    customer_id  TEXT NOT NULL,
    before_json  TEXT NOT NULL,
    after_json   TEXT NOT NULL,
    state        TEXT NOT NULL,
    why          TEXT NOT NULL,
    at           TEXT NOT NULL,
    PRIMARY KEY (run, person)
);
CREATE INDEX desk_receipts_of ON desk_receipts (customer_id);
-- What somebody else wrote into Duecare's fields: found, and what was done about it (ours, theirs; blank while it waits).
CREATE TABLE desk_edits (
    desk        TEXT NOT NULL,
    person      TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    field       TEXT NOT NULL,
    wanted      TEXT NOT NULL,
    found       TEXT NOT NULL,
    found_at    TEXT NOT NULL,
    run         INTEGER,
    settled     TEXT NOT NULL,
    PRIMARY KEY (desk, person, field, found)
);
-- The configuration that Duecare made in a desk, by its own keys: the desk's number of each object (blank while it is being made), what was written last, the number of what it belongs to, and whether it was seen since that it was made once.
CREATE TABLE desk_objects (
    desk    TEXT NOT NULL,
    key     TEXT NOT NULL,
    kind    TEXT NOT NULL,
    number  TEXT NOT NULL,
    applied TEXT NOT NULL,
    parent  TEXT NOT NULL,
    proven  INTEGER NOT NULL,
    PRIMARY KEY (desk, key)
);
-- Whose profiles are still to be cleared, for they were forgotten: by the desk's own numbers.
CREATE TABLE desk_forgotten (
    desk   TEXT NOT NULL,
    person TEXT NOT NULL,
    at     TEXT NOT NULL,
    PRIMARY KEY (desk, person)
);
