-- doubtful: two customers whose records say neither that they are one person nor that they are two, or say that they are one and a guard said no
SELECT least(a.customer_id, b.customer_id) AS customer_id, greatest(a.customer_id, b.customer_id) AS other_id,
       avg(w.bits) AS bits, max(w.apart) AS apart, count(*) AS pairs
FROM {weighed} w
JOIN {clusters} a ON a.record = w.a
JOIN {clusters} b ON b.record = w.b
WHERE a.customer_id <> b.customer_id
GROUP BY least(a.customer_id, b.customer_id), greatest(a.customer_id, b.customer_id)
HAVING avg(w.bits) > $from_bits

-- joins: the same with how much is at stake, without those that somebody ruled upon or locked
SELECT d.customer_id, d.other_id, d.bits, d.apart, d.pairs, coalesce(v.value, 0.0) + coalesce(o.value, 0.0) AS value
FROM {doubtful} d
LEFT JOIN {worth} v ON v.customer_id = d.customer_id
LEFT JOIN {worth} o ON o.customer_id = d.other_id
LEFT JOIN {settled} s ON s.customer_id = d.customer_id AND s.other_id = d.other_id
LEFT JOIN {shut} x ON x.customer_id = d.customer_id
LEFT JOIN {shut} y ON y.customer_id = d.other_id
WHERE s.customer_id IS NULL AND x.customer_id IS NULL AND y.customer_id IS NULL

-- parts: customers of several records who may be more than one person
SELECT c.customer_id, min(c.confidence) AS probability, max(coalesce(v.value, 0.0)) AS value
FROM {clusters} c
LEFT JOIN {worth} v ON v.customer_id = c.customer_id
LEFT JOIN {shut} x ON x.customer_id = c.customer_id
WHERE x.customer_id IS NULL
GROUP BY c.customer_id
HAVING count(*) > 1 AND min(c.confidence) < $below
