-- identities: every record as its source tells it
SELECT r.record - 1 AS place, r.source, r.source_id, coalesce(p.name, concat_ws(' ', p.given_name, p.family_name)) AS name,
       p.email, p.phone, p.loyalty_id, p.birth_date, p.city
FROM {records} r LEFT JOIN {people} p ON p.source = r.source AND p.source_id = r.source_id

-- standing: every customer's history and value
SELECT n.number AS place, h.orders, h.revenue, h.refunded, h.margin, h.service_cost, h.contacts, h.referrals, h.last_day,
       v.p_alive, v.expected_orders, v.discounted_orders, v.spend_per_order, v.margin_share, v.service_cost_per_order,
       v.future_margin, v.future_service_cost, v.referral_value, v.contract_value, v.clv, v.clv_low, v.clv_high, v.clv_percentile, v.rfm
FROM {history} h JOIN {valuation} v ON v.customer_id = h.customer_id
JOIN {customer_numbers} n ON n.customer_id = h.customer_id

-- orders: what each customer bought last, as of the run
SELECT number * $most + newness - 1 AS place, order_id, ordered_at, revenue, refunded, channel, status
FROM (
    SELECT n.number, o.order_id, o.ordered_at, CAST(o.revenue AS DOUBLE) AS revenue, CAST(o.refunded AS DOUBLE) AS refunded, o.channel, o.status,
           row_number() OVER (PARTITION BY n.number ORDER BY o.ordered_at DESC, o.order_id) AS newness
    FROM {orders} o JOIN {members} m ON m.source = o.source AND m.source_id = o.source_id JOIN {customer_numbers} n ON n.customer_id = m.customer_id
    WHERE o.ordered_at <= CAST($as_of AS TIMESTAMPTZ)
) AS newest WHERE newness <= $most

-- contacts: what each customer asked last, as of the run
SELECT number * $most + newness - 1 AS place, contact_id, opened_at, channel, reason, status, outcome
FROM (
    SELECT n.number, c.contact_id, c.opened_at, c.channel, c.reason, c.status, c.outcome,
           row_number() OVER (PARTITION BY n.number ORDER BY c.opened_at DESC, c.contact_id) AS newness
    FROM {contacts} c JOIN {members} m ON m.source = c.source AND m.source_id = c.source_id JOIN {customer_numbers} n ON n.customer_id = m.customer_id
    WHERE c.opened_at <= CAST($as_of AS TIMESTAMPTZ)
) AS newest WHERE newness <= $most
