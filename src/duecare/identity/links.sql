-- at_home: records that a source puts into one household, each beside the first of them, where there are not too many
SELECT record, first FROM (
    SELECT r.record, min(r.record) OVER (PARTITION BY p.source, p.household) AS first, count(*) OVER (PARTITION BY p.source, p.household) AS many
    FROM {people} p JOIN {records} r ON r.source = p.source AND r.source_id = p.source_id
    WHERE p.household IS NOT NULL AND trim(p.household) <> '') AS told
WHERE many BETWEEN 2 AND $too_many

-- firms: the company that a record names, fit for comparing, and the domain of its e-mail address where it is no provider's for everybody
SELECT k.record,
       CASE WHEN NOT regexp_matches(f.firm, '^(|.|none|no|na|n a|null|nil|unknown|privat|private|privatperson|self|self employed|selbststandig|selbstandig|freelancer?|freiberuflich|test|company|firma|keine?|x+)$') THEN f.firm END AS firm,
       CASE WHEN b.domain IS NULL THEN nullif(split_part(k.email, '@', 2), '') END AS domain
FROM {keys} k
JOIN (SELECT r.record, trim(regexp_replace(regexp_replace(regexp_replace(replace(replace(strip_accents(lower(p.company)), 'ß', 'ss'), '.', ''), '[^\p{L}\p{N}]+', ' ', 'g'),
             '\b(gmbh|mbh|ag|kg|kgaa|ohg|gbr|ug|ev|eg|se|ltd|limited|inc|llc|llp|plc|corp|corporation|co|company|sa|sarl|sas|srl|spa|bv|nv|oy|ab|as|aps)\b', ' ', 'g'), ' +', ' ', 'g')) AS firm
      FROM {people} p JOIN {records} r ON r.source = p.source AND r.source_id = p.source_id) AS f ON f.record = k.record
LEFT JOIN {free} b ON b.domain = split_part(k.email, '@', 2)

-- employed: each customer beside the companies that its records name, and the domains that they write from
SELECT DISTINCT c.customer_id, f.firm, f.domain
FROM {firms} f JOIN {clusters} c ON c.record = f.record
WHERE f.firm IS NOT NULL OR f.domain IS NOT NULL

-- houses: each domain and whose it is: the company that most of those who write from it and name one name, if it is more than half and no rarity there; nobody's where few people write from it and name none
SELECT d.domain, coalesce(n.firm, d.domain) AS firm
FROM (SELECT domain, count(DISTINCT customer_id) AS customers, count(DISTINCT CASE WHEN firm IS NOT NULL THEN customer_id END) AS naming
      FROM {employed} WHERE domain IS NOT NULL GROUP BY domain) AS d
LEFT JOIN (SELECT domain, firm, customers FROM (
               SELECT domain, firm, count(*) AS customers, row_number() OVER (PARTITION BY domain ORDER BY count(*) DESC, firm) AS rank
               FROM {employed} WHERE domain IS NOT NULL AND firm IS NOT NULL GROUP BY domain, firm) AS ranked
           WHERE rank = 1) AS n ON n.domain = d.domain
WHERE n.firm IS NOT NULL AND 2 * n.customers > d.naming AND (d.customers <= $too_many OR 10 * n.customers >= d.customers)
   OR n.firm IS NULL AND d.customers BETWEEN 2 AND $too_many

-- accounts: which customers belong to which company; the id is made of the company's name, so it stays
SELECT DISTINCT customer_id, concat('ac_', left(md5(firm), 20)) AS account_id
FROM (SELECT customer_id, firm FROM {employed} WHERE firm IS NOT NULL
      UNION ALL SELECT e.customer_id, h.firm FROM {employed} e JOIN {houses} h ON h.domain = e.domain) AS named
