-- owner: records
-- Who was forgotten, as salted marks that nobody can read back, so that a re-import does not bring them back; and which forgetting is not done yet.
CREATE TABLE forget_salt (
    salt TEXT PRIMARY KEY
);
CREATE TABLE forgettings (
    forgetting INTEGER PRIMARY KEY,
    begun_at   TEXT NOT NULL,
    begun_by   TEXT NOT NULL,
    why        TEXT NOT NULL,
    customers  INTEGER NOT NULL,
    done_at    TEXT
);
CREATE TABLE tombstones (
    mark       TEXT PRIMARY KEY,
    forgetting INTEGER NOT NULL REFERENCES forgettings (forgetting)
);
