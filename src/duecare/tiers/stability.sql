-- placed_now: each customer's rank as earned and as held, with what they would earn if in doubt, and since when they were due for less
SELECT e.customer_id, e.rank AS earned, e.why, t.rank AS held, h.since, n.since AS noticed, d.rank AS in_doubt, d.expected_rank
FROM {earned} e
JOIN {doubted} d ON d.customer_id = e.customer_id
LEFT JOIN {held} h ON h.customer_id = e.customer_id AND h.origin = 'earned'
LEFT JOIN {tiers} t ON t.name = h.tier
LEFT JOIN {notices} n ON n.customer_id = e.customer_id AND n.tier = h.tier

-- kept: why who would fall does not fall yet; nothing for who would not, and for who does
SELECT p.customer_id, p.earned, p.why, p.held, p.expected_rank, coalesce(p.noticed, $now) AS noticed,
       CASE WHEN p.held IS NULL OR p.earned <= p.held THEN NULL
            WHEN p.in_doubt <= p.held THEN 'doubt'
            WHEN CAST(p.since AS TIMESTAMPTZ) > CAST($stay_from AS TIMESTAMPTZ) THEN 'stay'
            WHEN CAST($grace AS BOOLEAN) AND (p.noticed IS NULL OR CAST(p.noticed AS TIMESTAMPTZ) > CAST($grace_from AS TIMESTAMPTZ)) THEN 'notice'
       END AS kept
FROM {placed_now} p

-- steadied: the rank that is due; of who falls only as many as may fall from each tier, the least likely to belong there first
SELECT q.customer_id, CASE WHEN q.kept IS NULL THEN q.earned ELSE q.held END AS rank, q.earned AS rank_earned, q.kept, CASE WHEN q.kept = 'notice' THEN q.noticed END AS noticed,
       CASE WHEN q.kept IS NULL THEN q.why
            ELSE 'the level held stays, ' || CASE q.kept WHEN 'doubt' THEN 'since it is in doubt whether less is due'
                                                         WHEN 'stay' THEN 'since it was given not long ago'
                                                         WHEN 'notice' THEN 'since it was only now found that less is due'
                                                         ELSE 'since enough others move down this month' END || ': ' || q.why END AS why
FROM (SELECT r.customer_id, r.earned, r.why, r.held, r.noticed,
             CASE WHEN r.kept IS NOT NULL OR r.held IS NULL OR r.earned <= r.held THEN r.kept
                  WHEN r.turn > ceil(CAST($budget_share AS DOUBLE) * r.holders) - coalesce(g.many, 0) THEN 'budget' END AS kept
      FROM (SELECT k.*, count(*) OVER (PARTITION BY k.held) AS holders,
                   row_number() OVER (PARTITION BY k.held, CASE WHEN k.kept IS NULL AND k.earned > k.held THEN 1 ELSE 0 END
                                      ORDER BY k.expected_rank DESC, k.customer_id) AS turn
            FROM {kept} k) r
      LEFT JOIN {gone} g ON g.rank = r.held) q
