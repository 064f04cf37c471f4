-- by_customer_id: the id itself
SELECT customer_id FROM {customers} WHERE customer_id = $who

-- by_number: a number that a source gave the person
SELECT DISTINCT customer_id FROM {members} WHERE source_id = $who

-- by_order: an order number
SELECT DISTINCT m.customer_id FROM {orders} o JOIN {members} m ON m.source = o.source AND m.source_id = o.source_id WHERE o.order_id = $who

-- by_contact: a contact number
SELECT DISTINCT m.customer_id FROM {contacts} c JOIN {members} m ON m.source = c.source AND m.source_id = c.source_id WHERE c.contact_id = $who

-- by_key: an e-mail, phone, loyalty card, user name or handle, cleaned as matching cleans it
SELECT DISTINCT m.customer_id
FROM {written} w JOIN {records} r ON r.record = w.record JOIN {members} m ON m.source = r.source AND m.source_id = r.source_id
LEFT JOIN {phones} f ON f.phone = w.phone AND f.country IS NOT DISTINCT FROM w.country
WHERE w.email = regexp_replace(lower($who), '[+][^@]*@', '@') OR f.e164 = $e164 OR w.loyalty = upper(regexp_replace($who, '[^A-Za-z0-9]', '', 'g'))
   OR w.username = lower($who) OR w.handle = lower(trim($who, '@ '))

-- identities: the records that are this customer
SELECT m.source, m.source_id, coalesce(p.name, concat_ws(' ', p.given_name, p.family_name)) AS name, p.email, p.phone, p.loyalty_id, p.birth_date, p.city
FROM {members} m LEFT JOIN {people} p ON p.source = m.source AND p.source_id = m.source_id
WHERE m.customer_id = $who ORDER BY 1, 2

-- newest_orders: what they bought last, as of the run
SELECT o.order_id, o.ordered_at, CAST(o.revenue AS DOUBLE) AS revenue, CAST(o.refunded AS DOUBLE) AS refunded, o.channel, o.status
FROM {orders} o JOIN {members} m ON m.source = o.source AND m.source_id = o.source_id
WHERE m.customer_id = $who AND o.ordered_at <= CAST($as_of AS TIMESTAMPTZ) ORDER BY o.ordered_at DESC, o.order_id LIMIT 5

-- newest_contacts: what they asked last, as of the run
SELECT c.contact_id, c.opened_at, c.channel, c.reason, c.status, c.outcome
FROM {contacts} c JOIN {members} m ON m.source = c.source AND m.source_id = c.source_id
WHERE m.customer_id = $who AND c.opened_at <= CAST($as_of AS TIMESTAMPTZ) ORDER BY c.opened_at DESC, c.contact_id LIMIT 5

-- standing: their history, value and proposed tier in one row
SELECT h.orders, h.revenue, h.refunded, h.margin, h.service_cost, h.contacts, h.referrals, h.last_day,
       v.p_alive, v.expected_orders, v.discounted_orders, v.spend_per_order, v.margin_share, v.service_cost_per_order,
       v.future_margin, v.future_service_cost, v.clv, v.clv_percentile, v.rfm, p.tier, p.tier_before, p.why, p.origin
FROM {history} h JOIN {valuation} v ON v.customer_id = h.customer_id JOIN {plan} p ON p.customer_id = h.customer_id
WHERE h.customer_id = $who
