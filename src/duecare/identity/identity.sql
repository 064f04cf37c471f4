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
SELECT r.record, r.source, p.email, p.phone, p.country, p.loyalty_id, p.birth_date, p.postcode, p.city, p.street, p.username, p.social_handle,
       coalesce(p.given_name, CASE WHEN p.name LIKE '%,%' THEN split_part(p.name, ',', 2)
                                   WHEN trim(p.name) LIKE '% %' THEN split_part(trim(p.name), ' ', 1) END) AS given,
       coalesce(p.family_name, CASE WHEN p.name LIKE '%,%' THEN split_part(p.name, ',', 1)
                                    WHEN trim(p.name) LIKE '% %' THEN split_part(trim(p.name), ' ', -1) END) AS family
FROM {people} p
JOIN {records} r ON r.source = p.source AND r.source_id = p.source_id

-- folded: names, town and street in lower case, without accents, umlauts in both spellings alike, anything but letters and digits a blank
SELECT n.record, n.source, n.phone, n.country, n.email, n.loyalty_id, n.birth_date, n.postcode, n.username, n.social_handle,
       replace(replace(replace(replace(translate(strip_accents(lower(n.given)), 'łıøđ', 'liod'), 'ß', 'ss'), 'ae', 'a'), 'oe', 'o'), 'ue', 'u') AS given,
       replace(replace(replace(replace(translate(strip_accents(lower(n.family)), 'łıøđ', 'liod'), 'ß', 'ss'), 'ae', 'a'), 'oe', 'o'), 'ue', 'u') AS family,
       replace(replace(replace(replace(translate(strip_accents(lower(n.city)), 'łıøđ', 'liod'), 'ß', 'ss'), 'ae', 'a'), 'oe', 'o'), 'ue', 'u') AS city,
       replace(replace(replace(replace(translate(strip_accents(lower(n.street)), 'łıøđ', 'liod'), 'ß', 'ss'), 'ae', 'a'), 'oe', 'o'), 'ue', 'u') AS street
FROM {named} n

-- written: what each person record says, fit for comparing; an e-mail without its +tag, and without dots where the provider takes none
SELECT n.record, n.source, n.phone, n.country,
       nullif(trim(regexp_replace(n.given, '[^\p{L}]+', ' ', 'g')), '') AS given,
       nullif(trim(regexp_replace(n.family, '[^\p{L}]+', ' ', 'g')), '') AS family,
       nullif(CASE WHEN lower(n.email) LIKE '%@gmail.com' OR lower(n.email) LIKE '%@googlemail.com'
                   THEN concat(replace(regexp_replace(lower(trim(n.email)), '([+][^@]*)?@.*$', ''), '.', ''), '@gmail.com')
                   ELSE regexp_replace(lower(trim(n.email)), '[+][^@]*@', '@') END, '') AS email,
       nullif(upper(regexp_replace(n.loyalty_id, '[^A-Za-z0-9]', '', 'g')), '') AS loyalty,
       CAST(n.birth_date AS VARCHAR) AS birth_date,
       nullif(upper(regexp_replace(n.postcode, '[^A-Za-z0-9]', '', 'g')), '') AS postcode,
       nullif(trim(regexp_replace(n.city, '[^\p{L}]+', ' ', 'g')), '') AS city,
       nullif(trim(regexp_replace(regexp_replace(n.street, '[^\p{L}\p{N}]+', ' ', 'g'), '(strasse|street|str|st)( |$)', 'st ', 'g')), '') AS street,
       nullif(lower(trim(n.username)), '') AS username,
       nullif(lower(trim(n.social_handle, '@ ')), '') AS handle
FROM {folded} n

-- keys: identifiers fit for matching; placeholders (nobody's address, one digit over and over) become empty
SELECT w.record, w.source,
       CASE WHEN NOT regexp_matches(w.given, '^(none|no|na|n a|null|nil|nobody|unknown|anonym(ous)?|test|customer|guest|kunde|gast|x+)$') THEN w.given END AS given,
       CASE WHEN NOT regexp_matches(w.family, '^(none|no|na|n a|null|nil|nobody|unknown|anonym(ous)?|test|customer|guest|kunde|gast|x+)$') THEN w.family END AS family,
       CASE WHEN regexp_matches(w.email, '^[^@ ]+@[^@ ]+\.[a-z0-9-]{2,}$')
             AND NOT regexp_matches(w.email, '^(none|no|na|n\.a|null|nil|nobody|unknown|anonym(ous)?|test|noreply|no-reply|nomail|noemail|no-email|keine?|aucun|x+|a+|0+)@')
             AND NOT regexp_matches(w.email, '@(none|null|nomail|noemail|test|invalid|x+)\.')
            THEN w.email END AS email,
       f.e164 AS phone,
       CASE WHEN length(w.loyalty) >= 4 AND replace(w.loyalty, left(w.loyalty, 1), '') <> '' AND w.loyalty NOT IN ('NONE', 'NULL', 'UNKNOWN', 'TEST', '1234', '12345', '123456')
            THEN w.loyalty END AS loyalty,
       CASE WHEN w.birth_date NOT IN ('1900-01-01', '1970-01-01', '1901-01-01', '1999-09-09') THEN w.birth_date END AS birth_date,
       w.postcode, w.city, w.street, w.username, w.handle
FROM {written} w
LEFT JOIN {phones} f ON f.phone = w.phone AND f.country IS NOT DISTINCT FROM w.country

-- shared: identifiers that too many records carry to tell anybody apart, and birth dates far too common to be true
SELECT 'email' AS what, email AS value FROM {keys} WHERE email IS NOT NULL GROUP BY email HAVING count(*) > $too_many
UNION ALL SELECT 'phone', phone FROM {keys} WHERE phone IS NOT NULL GROUP BY phone HAVING count(*) > $too_many
UNION ALL SELECT 'loyalty', loyalty FROM {keys} WHERE loyalty IS NOT NULL GROUP BY loyalty HAVING count(*) > $too_many
UNION ALL SELECT 'username', username FROM {keys} WHERE username IS NOT NULL GROUP BY username HAVING count(*) > $too_many
UNION ALL SELECT 'handle', handle FROM {keys} WHERE handle IS NOT NULL GROUP BY handle HAVING count(*) > $too_many
UNION ALL SELECT 'street', street FROM {keys} WHERE street IS NOT NULL GROUP BY street HAVING count(*) > greatest(10 * $too_many, 0.01 * (SELECT count(street) FROM {keys}))
UNION ALL SELECT 'birth_date', birth_date FROM {keys} WHERE birth_date IS NOT NULL GROUP BY birth_date
          HAVING count(*) > greatest(5 * $too_many, 20 * (SELECT count(birth_date) / greatest(count(DISTINCT birth_date), 1) FROM {keys}))

-- crowds: records whose name or birth date too many share: as a name with its postcode, as a name that one in a hundred bears, as a birth date with one of the names
SELECT k.record,
       (k.given IS NOT NULL AND k.family IS NOT NULL
        AND (k.postcode IS NOT NULL AND count(*) OVER (PARTITION BY k.given, k.family, k.postcode) > $too_many
             OR count(*) OVER (PARTITION BY k.given, k.family) > greatest($too_many, 0.01 * count(*) OVER ()))) AS name,
       (k.birth_date IS NOT NULL
        AND (k.family IS NOT NULL AND count(*) OVER (PARTITION BY k.family, k.birth_date) > 5 * $too_many
             OR k.given IS NOT NULL AND count(*) OVER (PARTITION BY k.given, k.birth_date) > 5 * $too_many)) AS born
FROM {keys} k

-- spoken: every given name, and how many records bear it
SELECT given, count(*) AS bearers FROM {keys} WHERE given IS NOT NULL GROUP BY given

-- surnames: the family names that more than a few records bear
SELECT family FROM {keys} WHERE family IS NOT NULL GROUP BY family HAVING count(*) >= $known_from

-- logins: what a record goes in by, its letters parted: `maria.weber7` into maria and weber
SELECT k.record,
       nullif(regexp_extract(k.login, '^(\p{L}+)', 1), '') AS first,
       nullif(regexp_extract(k.login, '^\p{L}+[._-]+(\p{L}+)', 1), '') AS second
FROM (SELECT record, replace(replace(replace(coalesce(split_part(email, '@', 1), username, handle), 'ae', 'a'), 'oe', 'o'), 'ue', 'u') AS login
      FROM {keys} WHERE given IS NULL OR family IS NULL) AS k

-- named_by: the names that a record does not say and its log-in does; a first letter only where the family name follows it
SELECT g.record,
       CASE WHEN f.known OR (length(g.first) = 1 AND (g.second = k.family OR s.family IS NOT NULL)) THEN g.first END AS given,
       s.family
FROM {logins} g
JOIN {keys} k ON k.record = g.record
LEFT JOIN {forms} f ON f.given = g.first
LEFT JOIN {surnames} s ON s.family = g.second

-- told: one row a person record; what too many share is empty
SELECT k.record AS unique_id,
       CASE WHEN NOT c.name THEN coalesce(k.given, n.given) END AS given,
       coalesce(g.known, FALSE) AS given_known,
       g.forms AS given_forms,
       CASE WHEN NOT c.name THEN coalesce(k.family, n.family) END AS family,
       CASE WHEN e.value IS NULL THEN k.email END AS email,
       CASE WHEN t.value IS NULL THEN k.phone END AS phone,
       CASE WHEN l.value IS NULL THEN k.loyalty END AS loyalty,
       CASE WHEN NOT c.born AND d.value IS NULL THEN k.birth_date END AS birth_date,
       k.postcode, k.city,
       CASE WHEN s.value IS NULL THEN k.street END AS street,
       CASE WHEN u.value IS NULL THEN k.username END AS username,
       CASE WHEN h.value IS NULL THEN k.handle END AS handle
FROM {keys} k
JOIN {crowds} c ON c.record = k.record
LEFT JOIN {named_by} n ON n.record = k.record
LEFT JOIN {forms} g ON g.given = coalesce(k.given, n.given)
LEFT JOIN {shared} e ON e.what = 'email' AND e.value = k.email
LEFT JOIN {shared} t ON t.what = 'phone' AND t.value = k.phone
LEFT JOIN {shared} l ON l.what = 'loyalty' AND l.value = k.loyalty
LEFT JOIN {shared} d ON d.what = 'birth_date' AND d.value = k.birth_date
LEFT JOIN {shared} s ON s.what = 'street' AND s.value = k.street
LEFT JOIN {shared} u ON u.what = 'username' AND u.value = k.username
LEFT JOIN {shared} h ON h.what = 'handle' AND h.value = k.handle

-- seen: the same, with whether its e-mail address is made of its given name, or of its first letter and the family name
SELECT t.*,
       coalesce(length(t.given) >= 3 AND contains(t.local, t.given) OR starts_with(t.local, left(t.given, 1) || t.family), FALSE) AS email_own
FROM (SELECT *, replace(replace(replace(regexp_replace(split_part(email, '@', 1), '[^\p{L}]+', '', 'g'), 'ae', 'a'), 'oe', 'o'), 'ue', 'u') AS local FROM {told}) AS t

-- borne: every identifier beside the names that it is borne under
SELECT 'email' AS what, email AS value, given, given_known, family, email_own FROM {seen} WHERE email IS NOT NULL
UNION ALL SELECT 'phone', phone, given, given_known, family, FALSE FROM {seen} WHERE phone IS NOT NULL
UNION ALL SELECT 'loyalty', loyalty, given, given_known, family, FALSE FROM {seen} WHERE loyalty IS NOT NULL

-- common: identifiers that a home may have in common: borne under more than one given name, a fixed line, or an address that is not made of its bearer's name, where one is told; what another bearer has for a family name is no given name
SELECT b.what, b.value
FROM {borne} b
LEFT JOIN (SELECT DISTINCT what, value, family FROM {borne} WHERE family IS NOT NULL) AS f ON f.what = b.what AND f.value = b.value AND f.family = b.given
LEFT JOIN {lines} l ON b.what = 'phone' AND l.e164 = b.value
GROUP BY b.what, b.value
HAVING count(DISTINCT CASE WHEN b.given_known AND f.family IS NULL THEN b.given END) > 1
    OR coalesce(max(l.fixed), FALSE)
    OR b.what = 'email' AND max(b.given IS NOT NULL OR b.family IS NOT NULL) AND NOT max(b.email_own AND f.family IS NULL)

-- faces: one row a person record, as the matching sees it
SELECT s.unique_id, s.given, s.given_known, s.given_forms, s.family,
       s.email, split_part(s.email, '@', 1) AS login, e.value IS NOT NULL AS email_common, s.phone, p.value IS NOT NULL AS phone_common, s.loyalty, l.value IS NOT NULL AS loyalty_common,
       s.birth_date, s.postcode, s.city, s.street, s.username, s.handle
FROM {seen} s
LEFT JOIN {common} e ON e.what = 'email' AND e.value = s.email
LEFT JOIN {common} p ON p.what = 'phone' AND p.value = s.phone
LEFT JOIN {common} l ON l.what = 'loyalty' AND l.value = s.loyalty

-- members: which customer each source record belongs to, the customer's number in this run, and how sure it is that all of that customer's records are one person's
SELECT r.source, r.source_id, c.customer_id, c.customer_number, c.confidence
FROM {records} r
JOIN {clusters} c ON c.record = r.record

-- customers: one row a customer, with how many records and sources they are known by; their numbers, from 0 on, follow their first records: ids are drawn, and nothing that is learnt may hang on them
SELECT c.customer_id, c.customer_number, count(*) AS records, count(DISTINCT r.source) AS sources
FROM {records} r
JOIN {clusters} c ON c.record = r.record
GROUP BY c.customer_id, c.customer_number
