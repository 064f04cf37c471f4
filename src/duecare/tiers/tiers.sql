-- objections: customers who refused profiling in any of their records
SELECT m.customer_id
FROM {people} p
JOIN {members} m ON m.source = p.source AND m.source_id = p.source_id
WHERE p.consent_profiling = FALSE
GROUP BY m.customer_id

-- granted: levels bought or contracted that hold at the as-of moment, the best of each customer
SELECT m.customer_id, min(t.rank) AS rank,
       CASE WHEN min(10 * t.rank + CASE WHEN e.kind = 'contracted' THEN 0 ELSE 1 END) % 10 = 0 THEN 'contracted' ELSE 'bought' END AS kind
FROM {entitlements} e
JOIN {members} m ON m.source = e.source AND m.source_id = e.source_id
JOIN {tiers} t ON lower(t.name) = lower(e.level)
WHERE e.from_at <= CAST($as_of AS TIMESTAMPTZ) AND (e.to_at IS NULL OR e.to_at > CAST($as_of AS TIMESTAMPTZ))
GROUP BY m.customer_id

-- placed: the tier each customer is due: earned, or bought or contracted where that is better; an objection sets earning aside
SELECT e.customer_id,
       CASE WHEN g.rank < e.rank OR (g.rank = e.rank AND o.customer_id IS NOT NULL) THEN g.rank ELSE e.rank END AS rank,
       CASE WHEN g.rank < e.rank OR (g.rank = e.rank AND o.customer_id IS NOT NULL) THEN g.kind ELSE 'earned' END AS origin,
       CASE WHEN g.rank < e.rank OR (g.rank = e.rank AND o.customer_id IS NOT NULL) THEN 'the level is ' || g.kind
            WHEN o.customer_id IS NOT NULL THEN 'no profiling, as they asked'
            ELSE e.why END AS why
FROM (SELECT x.customer_id,
             CASE WHEN n.customer_id IS NULL THEN x.rank ELSE $last END AS rank,
             x.why
      FROM {earned} x LEFT JOIN {objections} n ON n.customer_id = x.customer_id) e
LEFT JOIN {objections} o ON o.customer_id = e.customer_id
LEFT JOIN {granted} g ON g.customer_id = e.customer_id

-- plan: every customer with the tier due, how likely it is to prove right, the tier held, and the reason
SELECT p.customer_id, t.name AS tier, h.tier AS tier_before, p.why, p.origin,
       h.tier IS NULL OR h.tier <> t.name AS moves, coalesce(b.rank < p.rank, FALSE) AS fell,
       CASE WHEN p.origin = 'earned' AND p.rank = s.rank THEN s.kept END AS kept,
       CASE WHEN p.origin = 'earned' AND p.rank = s.rank THEN s.noticed END AS noticed,
       c.chance, c.borderline
FROM {placed} p
JOIN {tiers} t ON t.rank = p.rank
JOIN {steadied} s ON s.customer_id = p.customer_id
JOIN {chances} c ON c.customer_id = p.customer_id
LEFT JOIN {held} h ON h.customer_id = p.customer_id
LEFT JOIN {tiers} b ON b.name = h.tier
ORDER BY p.customer_id

-- fingerprint: one hash over the whole plan, whatever order its rows are kept in
SELECT sha256(string_agg(sha256(customer_id || '|' || tier || '|' || coalesce(tier_before, '') || '|' || origin || '|' || why || '|' || coalesce(kept, '') || '|' || coalesce(noticed, '')), '' ORDER BY customer_id)) AS hash
FROM {plan}
