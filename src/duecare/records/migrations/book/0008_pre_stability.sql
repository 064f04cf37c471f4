-- owner: tiers
-- What a plan saw and did: the moment it looked at, whether it is an undo of earlier ones, and since when a customer holds a tier.
ALTER TABLE plans ADD COLUMN as_of TEXT;
ALTER TABLE plans ADD COLUMN kind TEXT NOT NULL DEFAULT 'plan';
ALTER TABLE plans ADD COLUMN movers INTEGER;
ALTER TABLE assignments ADD COLUMN since TEXT;
ALTER TABLE assignments ADD COLUMN tier_before TEXT;
ALTER TABLE assignments ADD COLUMN fell INTEGER;
-- Who was found by a plan to be due for a lower tier, keeps theirs for a while, and since when that is known.
CREATE TABLE notices (
    customer_id TEXT NOT NULL,
    plan_hash   TEXT NOT NULL REFERENCES plans (plan_hash),
    tier        TEXT NOT NULL,
    since       TEXT NOT NULL,
    PRIMARY KEY (plan_hash, customer_id)
);
