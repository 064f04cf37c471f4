-- groups: to which groups each customer says to belong; of whom records say different things, nothing is said
SELECT m.customer_number, a."group" AS attribute, min(a.value) AS value
FROM {audit_groups} a
JOIN {members} m ON m.source = a.source AND m.source_id = a.source_id
WHERE a.value IS NOT NULL
GROUP BY m.customer_number, a."group"
HAVING count(DISTINCT a.value) = 1

-- traits: what else is known of each customer, likewise
SELECT m.customer_number, t.name AS attribute, min(t.value) AS value
FROM {traits} t
JOIN {members} m ON m.source = t.source AND m.source_id = t.source_id
WHERE t.value IS NOT NULL AND (t.observed_at IS NULL OR t.observed_at <= CAST($as_of AS TIMESTAMPTZ))
GROUP BY m.customer_number, t.name
HAVING count(DISTINCT t.value) = 1

-- places: where each customer lives
SELECT c.customer_number, g.city, g.country
FROM {golden} g
JOIN {customers} c ON c.customer_id = g.customer_id

-- earned: the tier that each customer earned, and what they are worth; no tier where it was bought, contracted or given by a person
SELECT c.customer_number, v.clv,
       CASE WHEN p.origin = 'earned' THEN p.tier WHEN p.origin = 'held out' THEN p.arm_tier END AS tier
FROM {plan} p
JOIN {customers} c ON c.customer_id = p.customer_id
LEFT JOIN {valuation} v ON v.customer_id = p.customer_id
