-- objections: customers who refused profiling in any of their records, or by a person's hand
SELECT m.customer_id
FROM {people} p
JOIN {members} m ON m.source = p.source AND m.source_id = p.source_id
WHERE p.consent_profiling = FALSE
UNION
SELECT customer_id FROM {refusing}

-- wanting: customers with a need, in their records or by a person's hand, and the tier that it raises to, if any
SELECT x.customer_id, min(x.rank) AS rank
FROM (SELECT customer_id, rank FROM {needing}
      UNION ALL
      SELECT m.customer_id, CAST($raised AS INTEGER) AS rank
      FROM {people} p JOIN {members} m ON m.source = p.source AND m.source_id = p.source_id
      WHERE p.needs IS NOT NULL AND trim(p.needs) <> '') x
GROUP BY x.customer_id

-- granted: levels bought or contracted that hold at the as-of moment, the best of each customer
SELECT m.customer_id, min(t.rank) AS rank,
       CASE WHEN min(10 * t.rank + CASE WHEN e.kind = 'contracted' THEN 0 ELSE 1 END) % 10 = 0 THEN 'contracted' ELSE 'bought' END AS kind
FROM {entitlements} e
JOIN {members} m ON m.source = e.source AND m.source_id = e.source_id
JOIN {tiers} t ON lower(t.name) = lower(e.level)
WHERE e.from_at <= CAST($as_of AS TIMESTAMPTZ) AND (e.to_at IS NULL OR e.to_at > CAST($as_of AS TIMESTAMPTZ))
GROUP BY m.customer_id

-- due: the tier each customer is due by what they earned, bought or contracted, the better one; an objection sets earning aside
SELECT e.customer_id,
       CASE WHEN g.rank < e.rank OR (g.rank = e.rank AND o.customer_id IS NOT NULL) THEN g.rank ELSE e.rank END AS rank,
       CASE WHEN g.rank < e.rank OR (g.rank = e.rank AND o.customer_id IS NOT NULL) THEN g.kind
            WHEN o.customer_id IS NOT NULL THEN 'objection' ELSE 'earned' END AS origin,
       CASE WHEN g.rank < e.rank OR (g.rank = e.rank AND o.customer_id IS NOT NULL) THEN 'the level is ' || g.kind
            WHEN o.customer_id IS NOT NULL THEN 'no profiling, as they asked'
            ELSE e.why END AS why,
       g.rank AS granted
FROM (SELECT x.customer_id,
             CASE WHEN n.customer_id IS NULL THEN x.rank ELSE $last END AS rank,
             x.why
      FROM {earned} x LEFT JOIN {objections} n ON n.customer_id = x.customer_id) e
LEFT JOIN {objections} o ON o.customer_id = e.customer_id
LEFT JOIN {granted} g ON g.customer_id = e.customer_id

-- placed: the same after people's word: an override stands before all but a better level that was bought or contracted, and a need can only raise
SELECT y.customer_id,
       CASE WHEN w.rank < y.rank THEN w.rank ELSE y.rank END AS rank,
       CASE WHEN w.rank < y.rank THEN 'need' ELSE y.origin END AS origin,
       CASE WHEN w.rank < y.rank THEN 'served as they need' ELSE y.why END AS why
FROM (SELECT d.customer_id,
             CASE WHEN v.rank IS NOT NULL AND (d.granted IS NULL OR v.rank <= d.granted) THEN v.rank ELSE d.rank END AS rank,
             CASE WHEN v.rank IS NOT NULL AND (d.granted IS NULL OR v.rank <= d.granted) THEN 'override' ELSE d.origin END AS origin,
             CASE WHEN v.rank IS NOT NULL AND (d.granted IS NULL OR v.rank <= d.granted) THEN 'given by a person until ' || v.until ELSE d.why END AS why
      FROM {due} d LEFT JOIN {overridden} v ON v.customer_id = d.customer_id) y
LEFT JOIN {wanting} w ON w.customer_id = y.customer_id

-- served: the same after the draw of a comparison: who is held out is served as the last tier
SELECT p.customer_id, CASE WHEN a.arm = 'held out' THEN $last ELSE p.rank END AS rank,
       CASE WHEN a.arm = 'held out' THEN 'held out' ELSE p.origin END AS origin,
       CASE WHEN a.arm = 'held out' THEN 'drawn for a comparison of levels: ' || p.why ELSE p.why END AS why,
       a.arm, a.tier AS arm_tier, a.stratum AS arm_stratum
FROM {placed} p LEFT JOIN {drawn} a ON a.customer_id = p.customer_id

-- plan: every customer with the tier due, how likely it is to prove right, the tier held, and the reason
SELECT p.customer_id, t.name AS tier, h.tier AS tier_before, p.why, p.origin,
       h.tier IS NULL OR h.tier <> t.name AS moves, coalesce(b.rank < p.rank, FALSE) AS fell,
       CASE WHEN p.origin = 'earned' AND p.rank = s.rank THEN s.kept END AS kept,
       CASE WHEN p.origin = 'earned' AND p.rank = s.rank THEN s.noticed END AS noticed,
       c.chance, c.borderline, p.arm, p.arm_tier, p.arm_stratum
FROM {served} p
JOIN {tiers} t ON t.rank = p.rank
JOIN {steadied} s ON s.customer_id = p.customer_id
JOIN {chances} c ON c.customer_id = p.customer_id
LEFT JOIN {held} h ON h.customer_id = p.customer_id
LEFT JOIN {tiers} b ON b.name = h.tier
ORDER BY p.customer_id

-- fingerprint: one hash over the whole plan, whatever order its rows are kept in
SELECT sha256(string_agg(sha256(customer_id || '|' || tier || '|' || coalesce(tier_before, '') || '|' || origin || '|' || why || '|' || coalesce(kept, '') || '|' || coalesce(noticed, '') || '|' || coalesce(arm, '')), '' ORDER BY customer_id)) AS hash
FROM {plan}
