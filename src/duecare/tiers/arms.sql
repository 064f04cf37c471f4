-- strata: who takes part: the tier they earned, and the part of its customers by CLV that they stand in
SELECT p.customer_id, p.rank, t.name AS tier,
       CAST(floor(CAST($many AS DOUBLE) * (row_number() OVER (PARTITION BY p.rank ORDER BY f.clv DESC, p.customer_id) - 1) / count(*) OVER (PARTITION BY p.rank)) AS INTEGER) AS stratum
FROM {placed} p
JOIN {facts} f ON f.customer_id = p.customer_id
JOIN {tiers} t ON t.rank = p.rank
JOIN {compared} c ON c.name = t.name
LEFT JOIN {needing} n ON n.customer_id = p.customer_id
WHERE p.origin = 'earned' AND n.customer_id IS NULL

-- drawn: the arm of each: what was given stays, and of the others as many are held out, by the order of their digests, as bring the stratum to its share
SELECT d.customer_id, d.rank, d.tier, d.stratum,
       coalesce(d.arm, CASE WHEN d.turn <= round(CAST($share AS DOUBLE) * d.many) THEN 'held out' ELSE 'treated' END) AS arm
FROM (
    SELECT s.customer_id, s.rank, s.tier, s.stratum, a.arm, count(*) OVER (PARTITION BY s.rank, s.stratum) AS many,
           row_number() OVER (PARTITION BY s.rank, s.stratum
                              ORDER BY CASE a.arm WHEN 'held out' THEN 0 WHEN 'treated' THEN 2 ELSE 1 END, md5(CAST($salt AS VARCHAR) || s.customer_id)) AS turn
    FROM {strata} s LEFT JOIN {stored_arms} a ON a.customer_id = s.customer_id
) d
