-- owner: identity
-- The ledger of identities. Events know a record by its number alone, and only source_records tells whose number it is:
-- once its row is deleted, the events still hold and replay, and nobody can say who was meant.
CREATE TABLE source_records (
    record    INTEGER PRIMARY KEY,
    source    TEXT NOT NULL,
    source_id TEXT NOT NULL,
    UNIQUE (source, source_id)
);
-- One row a run or human act: who, when, why, by which model.
CREATE TABLE identity_acts (
    act   INTEGER PRIMARY KEY,
    at    TEXT NOT NULL,
    actor TEXT NOT NULL,
    kind  TEXT NOT NULL,
    why   TEXT NOT NULL,
    model TEXT NOT NULL
);
-- What happened, never changed: records (their numbers, in order, a blank between) went from one id to another, or were decided upon.
CREATE TABLE identity_events (
    seq     INTEGER PRIMARY KEY,
    act     INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    from_id TEXT,
    to_id   TEXT,
    undoes  INTEGER,
    records TEXT NOT NULL,
    others  TEXT NOT NULL
);
CREATE INDEX identity_events_to ON identity_events (to_id);
CREATE INDEX identity_events_from ON identity_events (from_id) WHERE from_id IS NOT NULL;
CREATE INDEX identity_events_undoes ON identity_events (undoes) WHERE undoes IS NOT NULL;
-- Which events name a record.
CREATE TABLE identity_touched (
    record INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (record, seq)
);
-- What an earlier program wrote becomes the first act: each id is minted with the records it holds; an id that was merged away says so.
INSERT INTO source_records SELECT row_number() OVER (ORDER BY source, source_id), source, source_id FROM memberships;
INSERT INTO identity_acts
SELECT 1, coalesce(max(minted_at), '1970-01-01T00:00:00+00:00'), 'duecare', 'entered', 'held before the ledger began', ''
FROM customer_ids HAVING count(*) > 0 OR EXISTS (SELECT 1 FROM memberships);
INSERT INTO customer_ids
SELECT DISTINCT m.customer_id, (SELECT max(at) FROM identity_acts), CAST(NULL AS TEXT)
FROM memberships m LEFT JOIN customer_ids c ON c.customer_id = m.customer_id
WHERE c.customer_id IS NULL AND EXISTS (SELECT 1 FROM identity_acts);
INSERT INTO identity_events
SELECT row_number() OVER (ORDER BY c.customer_id), 1, 'mint', NULL, c.customer_id, NULL, coalesce(m.records, ''), ''
FROM customer_ids c
LEFT JOIN (
    SELECT b.customer_id, string_agg(CAST(r.record AS TEXT), ' ' ORDER BY r.record) AS records
    FROM source_records r JOIN memberships b ON b.source = r.source AND b.source_id = r.source_id
    GROUP BY b.customer_id
) m ON m.customer_id = c.customer_id;
INSERT INTO identity_touched
SELECT r.record, e.seq
FROM source_records r
JOIN memberships b ON b.source = r.source AND b.source_id = r.source_id
JOIN identity_events e ON e.to_id = b.customer_id;
INSERT INTO identity_events
SELECT (SELECT max(seq) FROM identity_events) + row_number() OVER (ORDER BY customer_id), 1, 'merge', customer_id, merged_into, NULL, '', ''
FROM customer_ids
WHERE merged_into IS NOT NULL AND customer_id NOT IN (SELECT customer_id FROM memberships);
UPDATE customer_ids SET merged_into = NULL WHERE customer_id IN (SELECT customer_id FROM memberships);
