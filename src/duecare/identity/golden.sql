-- owners: each customer's first record, which stands for it where a text would be slow
SELECT customer_id, min(record) AS owner FROM {clusters} GROUP BY customer_id

-- placed: each person record with its customer, and its place in the order of trust: named sources first, then the newest
SELECT c.record, o.owner, CAST(dense_rank() OVER (ORDER BY coalesce(t.place, $unnamed), p.created_at DESC NULLS LAST) AS BIGINT) AS place,
       p.company, n.country
FROM {clusters} c
JOIN {owners} o ON o.customer_id = c.customer_id
JOIN {records} r ON r.record = c.record
JOIN {people} p ON p.source = r.source AND p.source_id = r.source_id
JOIN {named} n ON n.record = c.record
LEFT JOIN {trusted} t ON t.source = r.source

-- contest: what each record says of each part of a golden record; placeholders and what too many share says nothing; a whole name goes before half of one, a street before a town
SELECT p.owner, 0 AS part, p.record, p.place, (CASE WHEN length(k.given) > 1 THEN 0 ELSE 1 END) + (CASE WHEN k.family IS NULL THEN 1 ELSE 0 END) AS lacks,
       concat(coalesce(k.given, ''), ' ', coalesce(k.family, '')) AS said
FROM {keys} k JOIN {placed} p ON p.record = k.record WHERE k.given IS NOT NULL OR k.family IS NOT NULL
UNION ALL SELECT p.owner, 1, p.record, p.place, 0, k.email FROM {keys} k JOIN {placed} p ON p.record = k.record
LEFT JOIN {shared} s ON s.what = 'email' AND s.value = k.email WHERE k.email IS NOT NULL AND s.value IS NULL
UNION ALL SELECT p.owner, 2, p.record, p.place, 0, k.phone FROM {keys} k JOIN {placed} p ON p.record = k.record
LEFT JOIN {shared} s ON s.what = 'phone' AND s.value = k.phone WHERE k.phone IS NOT NULL AND s.value IS NULL
UNION ALL SELECT p.owner, 3, p.record, p.place, CASE WHEN k.street IS NOT NULL AND s.value IS NULL THEN 0 WHEN k.postcode IS NOT NULL THEN 1 WHEN k.city IS NOT NULL THEN 2 ELSE 3 END,
       concat(CASE WHEN s.value IS NULL THEN coalesce(k.street, '') ELSE '' END, ' ', coalesce(k.postcode, ''), ' ', coalesce(k.city, ''), ' ', coalesce(p.country, ''))
FROM {keys} k JOIN {placed} p ON p.record = k.record
LEFT JOIN {shared} s ON s.what = 'street' AND s.value = k.street
WHERE k.street IS NOT NULL AND s.value IS NULL OR k.postcode IS NOT NULL OR k.city IS NOT NULL OR p.country IS NOT NULL
UNION ALL SELECT p.owner, 4, p.record, p.place, 0, k.birth_date FROM {keys} k JOIN {placed} p ON p.record = k.record
LEFT JOIN {shared} s ON s.what = 'birth_date' AND s.value = k.birth_date WHERE k.birth_date IS NOT NULL AND s.value IS NULL
UNION ALL SELECT p.owner, 5, p.record, p.place, 0, k.loyalty FROM {keys} k JOIN {placed} p ON p.record = k.record
LEFT JOIN {shared} s ON s.what = 'loyalty' AND s.value = k.loyalty WHERE k.loyalty IS NOT NULL AND s.value IS NULL
UNION ALL SELECT p.owner, 6, p.record, p.place, 0, k.username FROM {keys} k JOIN {placed} p ON p.record = k.record
LEFT JOIN {shared} s ON s.what = 'username' AND s.value = k.username WHERE k.username IS NOT NULL AND s.value IS NULL
UNION ALL SELECT p.owner, 7, p.record, p.place, 0, k.handle FROM {keys} k JOIN {placed} p ON p.record = k.record
LEFT JOIN {shared} s ON s.what = 'handle' AND s.value = k.handle WHERE k.handle IS NOT NULL AND s.value IS NULL
UNION ALL SELECT p.owner, 8, p.record, p.place, 0, f.firm FROM {firms} f JOIN {placed} p ON p.record = f.record WHERE f.firm IS NOT NULL

-- opinions: each thing that is said, how often, and by which record first; one number orders records by what they lack, then by place, then by number
SELECT owner, part, said, count(*) AS often, min((CAST(lacks AS BIGINT) * 1000000000 + place) * 2000000000 + record) AS best
FROM {contest} GROUP BY owner, part, said

-- survivors: the record that each part of a golden record is taken from: by what it lacks and its place, then by how often it is said, then by its text
SELECT owner, part, best % 2000000000 AS record
FROM (SELECT owner, part, best, row_number() OVER (PARTITION BY owner, part ORDER BY best - best % 2000000000, often DESC, said) AS rank FROM {opinions}) AS ranked
WHERE rank = 1

-- golden: one row a customer with what survives, as it is written; a phone in E.164
SELECT o.customer_id, g.given_name, g.family_name, g.email, g.phone, g.street, g.postcode, g.city, g.country,
       g.birth_date, g.loyalty_id, g.username, g.social_handle, g.company
FROM {owners} o
LEFT JOIN (
    SELECT v.owner,
           max(CASE WHEN v.part = 0 AND k.given IS NOT NULL THEN trim(n.given) END) AS given_name,
           max(CASE WHEN v.part = 0 AND k.family IS NOT NULL THEN trim(n.family) END) AS family_name,
           max(CASE WHEN v.part = 1 THEN trim(n.email) END) AS email,
           max(CASE WHEN v.part = 2 THEN k.phone END) AS phone,
           max(CASE WHEN v.part = 3 AND k.street IS NOT NULL AND s.value IS NULL THEN trim(n.street) END) AS street,
           max(CASE WHEN v.part = 3 AND k.postcode IS NOT NULL THEN trim(n.postcode) END) AS postcode,
           max(CASE WHEN v.part = 3 AND k.city IS NOT NULL THEN trim(n.city) END) AS city,
           max(CASE WHEN v.part = 3 THEN p.country END) AS country,
           max(CASE WHEN v.part = 4 THEN n.birth_date END) AS birth_date,
           max(CASE WHEN v.part = 5 THEN trim(n.loyalty_id) END) AS loyalty_id,
           max(CASE WHEN v.part = 6 THEN trim(n.username) END) AS username,
           max(CASE WHEN v.part = 7 THEN trim(n.social_handle) END) AS social_handle,
           max(CASE WHEN v.part = 8 THEN trim(p.company) END) AS company
    FROM {survivors} v
    JOIN {named} n ON n.record = v.record
    JOIN {keys} k ON k.record = v.record
    JOIN {placed} p ON p.record = v.record
    LEFT JOIN {shared} s ON s.what = 'street' AND s.value = k.street
    GROUP BY v.owner) AS g ON g.owner = o.owner

-- golden_origins: the record that each part of a golden record comes from; a name and an address survive whole
SELECT o.customer_id, f.field, r.source, r.source_id
FROM {survivors} v
JOIN {owners} o ON o.owner = v.owner
JOIN {fields} f ON f.part = v.part
JOIN {records} r ON r.record = v.record
