-- email: every record by its e-mail; placeholders too, for somebody may ask for one
SELECT email AS word, record - 1 AS number FROM {written} WHERE email IS NOT NULL

-- phone: every record by its telephone number in E.164
SELECT f.e164 AS word, w.record - 1 AS number
FROM {written} w JOIN {phones} f ON f.phone = w.phone AND f.country IS NOT DISTINCT FROM w.country WHERE f.e164 IS NOT NULL

-- loyalty: every record by its loyalty card
SELECT loyalty AS word, record - 1 AS number FROM {written} WHERE loyalty IS NOT NULL

-- username: every record by its user name
SELECT username AS word, record - 1 AS number FROM {written} WHERE username IS NOT NULL

-- handle: every record by its handle
SELECT handle AS word, record - 1 AS number FROM {written} WHERE handle IS NOT NULL

-- login: every record by its e-mail up to the @, where that may be somebody's log-in elsewhere
SELECT login AS word, unique_id - 1 AS number FROM {faces} WHERE length(login) >= $shortest

-- source_id: every record by the number that its source gave it
SELECT source_id AS word, record - 1 AS number FROM {records}

-- record: every record by its source and its number there
SELECT concat_ws(chr(31), source, source_id) AS word, record - 1 AS number FROM {records}

-- order: every order's record
SELECT o.order_id AS word, r.record - 1 AS number FROM {orders} o JOIN {records} r ON r.source = o.source AND r.source_id = o.source_id

-- contact: every contact's record
SELECT c.contact_id AS word, r.record - 1 AS number FROM {contacts} c JOIN {records} r ON r.source = c.source AND r.source_id = c.source_id

-- known: the given names that many bear
SELECT given AS word, 1 AS number FROM {forms} WHERE known

-- surname: the family names that more than a few bear
SELECT family AS word, 1 AS number FROM {surnames}

-- shared: values that too many records carry to tell anybody apart
SELECT concat_ws(chr(31), what, value) AS word, 1 AS number FROM {shared}

-- crowd: names and birth dates that too many share, as `crowds` in identity.sql has them
SELECT concat_ws(chr(31), 'name', given, family, postcode) AS word, 1 AS number FROM {keys}
WHERE given IS NOT NULL AND family IS NOT NULL AND postcode IS NOT NULL GROUP BY given, family, postcode HAVING count(*) > $too_many
UNION ALL SELECT concat_ws(chr(31), 'name', given, family), 1 FROM {keys}
WHERE given IS NOT NULL AND family IS NOT NULL GROUP BY given, family HAVING count(*) > greatest($too_many, 0.01 * (SELECT count(*) FROM {keys}))
UNION ALL SELECT concat_ws(chr(31), 'family', family, birth_date), 1 FROM {keys}
WHERE family IS NOT NULL AND birth_date IS NOT NULL GROUP BY family, birth_date HAVING count(*) > 5 * $too_many
UNION ALL SELECT concat_ws(chr(31), 'given', given, birth_date), 1 FROM {keys}
WHERE given IS NOT NULL AND birth_date IS NOT NULL GROUP BY given, birth_date HAVING count(*) > 5 * $too_many

-- faces: every record as the matching sees it
SELECT unique_id - 1 AS place, * FROM {faces}

-- customer_numbers: every customer under a number from 0 on
SELECT customer_id, CAST(row_number() OVER (ORDER BY customer_id) - 1 AS BIGINT) AS number FROM {customers}

-- customer: every customer's number
SELECT customer_id AS word, number FROM {customer_numbers}

-- customers: every customer by number, and how sure it is that all its records are one person's
SELECT n.number AS place, n.customer_id, min(c.confidence) AS confidence
FROM {customer_numbers} n JOIN {clusters} c ON c.customer_id = n.customer_id GROUP BY n.number, n.customer_id

-- customer_of: the customer of each record, in their order
SELECT n.number FROM {clusters} c JOIN {customer_numbers} n ON n.customer_id = c.customer_id ORDER BY c.record
