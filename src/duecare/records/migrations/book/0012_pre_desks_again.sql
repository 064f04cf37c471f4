-- owner: helpdesk
-- Who works at the desk is kept too, for the e-mails they bear; and how often Duecare wrote to each profile. People are read anew once, for the staff.
ALTER TABLE desk_people ADD COLUMN staff INTEGER NOT NULL DEFAULT 0;
ALTER TABLE desk_people ADD COLUMN writes INTEGER NOT NULL DEFAULT 0;
UPDATE desks SET cursor = '';
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
