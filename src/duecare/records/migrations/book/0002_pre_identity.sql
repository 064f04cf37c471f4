-- owner: identity
-- Every id that was ever given, and which source records belong to it now.
CREATE TABLE customer_ids (
    customer_id TEXT PRIMARY KEY,
    minted_at   TEXT NOT NULL,
    merged_into TEXT
);
CREATE TABLE memberships (
    source      TEXT NOT NULL,
    source_id   TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    PRIMARY KEY (source, source_id)
);
