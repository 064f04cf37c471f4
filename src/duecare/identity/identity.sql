-- records: every person record known until a moment, when one is given, and every one that something speaks of until the as-of moment, numbered in a stable order
SELECT CAST(row_number() OVER (ORDER BY source, source_id) AS BIGINT) AS record, source, source_id
FROM (
    SELECT source, source_id FROM {people}
    WHERE created_at IS NULL OR created_at <= coalesce(CAST($known_until AS TIMESTAMPTZ), created_at)
    UNION SELECT source, source_id FROM {orders} WHERE ordered_at <= CAST($as_of AS TIMESTAMPTZ)
    UNION SELECT source, source_id FROM {contacts} WHERE opened_at <= CAST($as_of AS TIMESTAMPTZ)
    UNION SELECT source, source_id FROM {surveys} WHERE "at" <= CAST($as_of AS TIMESTAMPTZ)
    UNION SELECT source, source_id FROM {entitlements} WHERE from_at <= CAST($as_of AS TIMESTAMPTZ)
    UNION SELECT source, source_id FROM {subscriptions} WHERE from_at <= CAST($as_of AS TIMESTAMPTZ)
    UNION SELECT source, referrer FROM {referrals} WHERE "at" <= CAST($as_of AS TIMESTAMPTZ)
    UNION SELECT source, referee FROM {referrals} WHERE "at" <= CAST($as_of AS TIMESTAMPTZ)
) AS mentioned
WHERE source IS NOT NULL AND source_id IS NOT NULL

-- named: the person records, with names that came in one field parted: `Family, Given` or `Given Family`
SELECT r.record, r.source, p.email, p.phone, p.country, p.loyalty_id, p.birth_date, p.postcode, p.username, p.social_handle,
       coalesce(p.given_name, CASE WHEN p.name LIKE '%,%' THEN split_part(p.name, ',', 2)
                                   WHEN trim(p.name) LIKE '% %' THEN split_part(trim(p.name), ' ', 1) END) AS given,
       coalesce(p.family_name, CASE WHEN p.name LIKE '%,%' THEN split_part(p.name, ',', 1)
                                    WHEN trim(p.name) LIKE '% %' THEN split_part(trim(p.name), ' ', -1) END) AS family
FROM {people} p
JOIN {records} r ON r.source = p.source AND r.source_id = p.source_id

-- written: what each person record says, in lower case without accents, an e-mail without its +tag
SELECT n.record, n.source, n.phone, n.country,
       nullif(trim(regexp_replace(strip_accents(lower(n.given)), '[^a-z ]', '', 'g')), '') AS given,
       nullif(trim(regexp_replace(strip_accents(lower(n.family)), '[^a-z ]', '', 'g')), '') AS family,
       nullif(regexp_replace(lower(trim(n.email)), '[+][^@]*@', '@'), '') AS email,
       nullif(upper(regexp_replace(n.loyalty_id, '[^A-Za-z0-9]', '', 'g')), '') AS loyalty,
       CAST(n.birth_date AS VARCHAR) AS birth_date,
       nullif(upper(regexp_replace(n.postcode, '[^A-Za-z0-9]', '', 'g')), '') AS postcode,
       nullif(lower(trim(n.username)), '') AS username,
       nullif(lower(trim(n.social_handle, '@ ')), '') AS handle
FROM {named} n

-- keys: identifiers fit for matching; placeholders (nobody's address, one digit over and over) become empty
SELECT w.record, w.source, w.given, w.family,
       CASE WHEN regexp_matches(w.email, '^[^@ ]+@[^@ ]+\.[a-z0-9-]{2,}$')
             AND NOT regexp_matches(w.email, '^(none|no|na|n\.a|null|nil|nobody|unknown|anonym(ous)?|test|noreply|no-reply|nomail|noemail|no-email|keine?|aucun|x+|a+|0+)@')
             AND NOT regexp_matches(w.email, '@(none|null|nomail|noemail|test|invalid|x+)\.')
            THEN w.email END AS email,
       f.e164 AS phone,
       CASE WHEN length(w.loyalty) >= 4 AND replace(w.loyalty, left(w.loyalty, 1), '') <> '' AND w.loyalty NOT IN ('NONE', 'NULL', 'UNKNOWN', 'TEST', '1234', '12345', '123456')
            THEN w.loyalty END AS loyalty,
       CASE WHEN w.birth_date NOT IN ('1900-01-01', '1970-01-01', '1901-01-01', '1999-09-09') THEN w.birth_date END AS birth_date,
       w.postcode, w.username, w.handle
FROM {written} w
LEFT JOIN {phones} f ON f.phone = w.phone AND f.country IS NOT DISTINCT FROM w.country

-- shared: identifiers that too many records carry to tell anybody apart
SELECT 'email' AS what, email AS value FROM {keys} WHERE email IS NOT NULL GROUP BY email HAVING count(*) > $too_many
UNION ALL SELECT 'phone', phone FROM {keys} WHERE phone IS NOT NULL GROUP BY phone HAVING count(*) > $too_many
UNION ALL SELECT 'loyalty', loyalty FROM {keys} WHERE loyalty IS NOT NULL GROUP BY loyalty HAVING count(*) > $too_many
UNION ALL SELECT 'username', username FROM {keys} WHERE username IS NOT NULL GROUP BY username HAVING count(*) > $too_many
UNION ALL SELECT 'handle', handle FROM {keys} WHERE handle IS NOT NULL GROUP BY handle HAVING count(*) > $too_many

-- crowds: records whose name or birth date too many share: as a name with its postcode, as a name that one in a hundred bears, as a birth date with one of the names
SELECT k.record,
       (k.given IS NOT NULL AND k.family IS NOT NULL
        AND (k.postcode IS NOT NULL AND count(*) OVER (PARTITION BY k.given, k.family, k.postcode) > $too_many
             OR count(*) OVER (PARTITION BY k.given, k.family) > greatest($too_many, 0.01 * count(*) OVER ()))) AS name,
       (k.birth_date IS NOT NULL
        AND (k.family IS NOT NULL AND count(*) OVER (PARTITION BY k.family, k.birth_date) > $too_many
             OR k.given IS NOT NULL AND count(*) OVER (PARTITION BY k.given, k.birth_date) > $too_many)) AS born
FROM {keys} k

-- faces: one row a person record, as the matching sees it; what too many share is empty
SELECT k.record AS unique_id,
       CASE WHEN NOT c.name THEN k.given END AS given,
       CASE WHEN NOT c.name THEN k.family END AS family,
       CASE WHEN e.value IS NULL THEN k.email END AS email,
       CASE WHEN t.value IS NULL THEN k.phone END AS phone,
       CASE WHEN l.value IS NULL THEN k.loyalty END AS loyalty,
       CASE WHEN NOT c.born THEN k.birth_date END AS birth_date,
       k.postcode,
       CASE WHEN u.value IS NULL THEN k.username END AS username,
       CASE WHEN h.value IS NULL THEN k.handle END AS handle
FROM {keys} k
JOIN {crowds} c ON c.record = k.record
LEFT JOIN {shared} e ON e.what = 'email' AND e.value = k.email
LEFT JOIN {shared} t ON t.what = 'phone' AND t.value = k.phone
LEFT JOIN {shared} l ON l.what = 'loyalty' AND l.value = k.loyalty
LEFT JOIN {shared} u ON u.what = 'username' AND u.value = k.username
LEFT JOIN {shared} h ON h.what = 'handle' AND h.value = k.handle

-- exact: pairs that share an e-mail, a loyalty card, or a phone without family names that differ; for when nothing can be weighed
SELECT DISTINCT x.unique_id AS unique_id_l, y.unique_id AS unique_id_r, CAST(1 AS DOUBLE) AS match_probability
FROM (
    SELECT 'email' AS what, email AS value, unique_id, family FROM {faces} WHERE email IS NOT NULL
    UNION ALL SELECT 'loyalty', loyalty, unique_id, family FROM {faces} WHERE loyalty IS NOT NULL
    UNION ALL SELECT 'phone', phone, unique_id, family FROM {faces} WHERE phone IS NOT NULL
) AS x
JOIN (
    SELECT 'email' AS what, email AS value, unique_id, family FROM {faces} WHERE email IS NOT NULL
    UNION ALL SELECT 'loyalty', loyalty, unique_id, family FROM {faces} WHERE loyalty IS NOT NULL
    UNION ALL SELECT 'phone', phone, unique_id, family FROM {faces} WHERE phone IS NOT NULL
) AS y ON x.what = y.what AND x.value = y.value AND x.unique_id < y.unique_id
WHERE x.what <> 'phone' OR NOT coalesce(x.family <> y.family, FALSE)

-- weighed: pairs with how sure they are one person, and whether birth dates, loyalty cards or first names contradict each other
SELECT p.unique_id_l AS a, p.unique_id_r AS b, p.match_probability AS probability,
       coalesce(levenshtein(x.birth_date, y.birth_date) > 2, FALSE)
       OR coalesce(levenshtein(x.loyalty, y.loyalty) > 1, FALSE)
       OR coalesce(x.given <> y.given AND left(x.given, 1) <> left(y.given, 1) AND jaro_winkler_similarity(x.given, y.given) < 0.84
                   AND (x.birth_date IS NULL OR y.birth_date IS NULL OR x.birth_date <> y.birth_date), FALSE) AS apart
FROM {predicted} p
JOIN {faces} x ON x.unique_id = p.unique_id_l
JOIN {faces} y ON y.unique_id = p.unique_id_r

-- agreed: pairs that are one person by themselves
SELECT a, b, probability FROM {weighed} WHERE NOT apart

-- together: every pair of records in the small clusters
SELECT x.record AS unique_id_l, y.record AS unique_id_r, CAST(NULL AS DOUBLE) AS match_probability
FROM {grouped} x
JOIN {grouped} y ON y.cluster = x.cluster AND x.record < y.record

-- links: pairs that are one person, with how sure, without those that would chain people who contradict each other
SELECT p.a, p.b, p.probability
FROM {agreed} p
LEFT JOIN {cut} c ON c.a = p.a AND c.b = p.b
WHERE c.a IS NULL

-- members: which customer each source record belongs to
SELECT r.source, r.source_id, c.customer_id
FROM {records} r
JOIN {clusters} c ON c.record = r.record

-- customers: one row a customer, with how many records and sources they are known by
SELECT customer_id, count(*) AS records, count(DISTINCT source) AS sources
FROM {members}
GROUP BY customer_id
