-- owner: helpdesk
-- Who works at the desk is kept too, for the e-mails they bear: 1, 0, or nothing where the desk did not tell. People are read anew once, for that.
ALTER TABLE desk_people ADD COLUMN staff INTEGER;
UPDATE desks SET cursor = '';
-- How many batches were sent to each desk: the version that each change of a batch bears.
CREATE TABLE desk_versions (
    desk    TEXT PRIMARY KEY,
    version INTEGER NOT NULL
);
-- Where a run wrote over somebody else's text: what Duecare had written there before them, so that a rollback does not take their text for its own.
CREATE TABLE desk_overwritten (
    run         INTEGER NOT NULL,
    person      TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    field       TEXT NOT NULL,
    had_written TEXT NOT NULL,
    PRIMARY KEY (run, person, field)
);
CREATE INDEX desk_overwritten_of ON desk_overwritten (customer_id);
