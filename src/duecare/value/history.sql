-- sold: one row an order that counts, until the as-of moment: whose it is, where it was placed, its day (since 1970 too), and its money; a refund counts whatever its sign, and all of it where the status says so; a cost below nothing of something sold is none
SELECT m.customer_id, m.customer_number, o.source, o.order_id, o.ordered_at, CAST(o.ordered_at AS DATE) AS day,
       CAST(floor(epoch(o.ordered_at) / 86400) AS INTEGER) AS day_number, o.channel, o.outlet, o.brand, o.category,
       o.revenue, o.refunded, o.kept, o.cost AS known_cost,
       coalesce(o.cost, o.kept * CAST($cost_share AS DECIMAL(9, 6))) AS cost,
       CASE WHEN o.cost IS NULL THEN 1 ELSE 0 END AS cost_assumed
FROM (SELECT o.source, o.source_id, o.order_id, o.ordered_at, o.channel, o.outlet, o.brand, o.category, o.revenue, o.refunded,
             CASE WHEN o.revenue > 0 AND o.cost < 0 THEN NULL ELSE o.cost END AS cost,
             CASE WHEN o.revenue > 0 AND o.refunded > o.revenue THEN 0 ELSE o.revenue - o.refunded END AS kept
      FROM (SELECT source, source_id, order_id, ordered_at, channel, outlet, brand, category, revenue, cost,
                   abs(coalesce(refunded, CASE WHEN lower(status) = 'refunded' THEN revenue ELSE 0 END)) AS refunded
            FROM {orders}
            WHERE ordered_at <= CAST($as_of AS TIMESTAMPTZ)
              AND (status IS NULL
                   OR NOT (lower(status) LIKE 'cancel%' OR lower(status) LIKE 'void%'
                           OR lower(status) IN ('failed', 'unavailable', 'draft', 'trash', 'rejected', 'declined', 'expired')))) o) o
JOIN {members} m ON m.source = o.source AND m.source_id = o.source_id

-- orders_by_customer: one row a customer who has bought: how often, how lately, and the money of it
SELECT s.customer_number,
       count(CASE WHEN s.revenue > 0 THEN 1 END) AS orders,
       count(DISTINCT CASE WHEN s.revenue > 0 THEN s.day_number END) AS purchase_days,
       DATE '1970-01-01' + min(CASE WHEN s.revenue > 0 THEN s.day_number END) AS first_day,
       DATE '1970-01-01' + max(CASE WHEN s.revenue > 0 THEN s.day_number END) AS last_day,
       sum(s.revenue) AS revenue,
       sum(s.refunded) AS refunded,
       count(CASE WHEN s.refunded > 0 THEN 1 END) AS returns,
       coalesce(sum(s.known_cost), 0)
         + coalesce(sum(CASE WHEN s.known_cost IS NULL THEN s.kept END), 0) * CAST($cost_share AS DECIMAL(9, 6)) AS cost,
       count(CASE WHEN s.known_cost IS NULL THEN 1 END) AS cost_assumed
FROM {sold} s
GROUP BY s.customer_number

-- service_by_customer: one row a customer: contacts and what serving them cost, returns included
SELECT customer_number, sum(contacts) AS contacts, sum(cost) AS cost, sum(handle_assumed) AS handle_assumed, sum(rate_assumed) AS rate_assumed
FROM {service_costs}
WHERE customer_number IS NOT NULL
GROUP BY customer_number

-- referrals_by_customer: one row a customer who brought others
SELECT m.customer_number, count(*) AS referrals
FROM {referrals} r
JOIN {members} m ON m.source = r.source AND m.source_id = r.referrer
WHERE r."at" <= CAST($as_of AS TIMESTAMPTZ)
GROUP BY m.customer_number

-- history: one row a customer, all that the models read; days counted in UTC
SELECT k.customer_id,
       CAST(coalesce(o.orders, 0) AS BIGINT) AS orders,
       CAST(coalesce(o.purchase_days, 0) AS BIGINT) AS purchase_days,
       CAST(date_diff('day', o.first_day, o.last_day) AS DOUBLE) AS recency_days,
       CAST(date_diff('day', o.first_day, CAST(CAST($as_of AS TIMESTAMPTZ) AS DATE)) AS DOUBLE) AS age_days,
       o.last_day,
       CAST(coalesce(o.revenue, 0) AS DOUBLE) AS revenue,
       CAST(coalesce(o.refunded, 0) AS DOUBLE) AS refunded,
       CAST(coalesce(o.returns, 0) AS BIGINT) AS returns,
       CAST(coalesce(o.revenue - o.refunded - o.cost, 0) AS DOUBLE) AS margin,
       CAST(coalesce(o.cost_assumed, 0) AS BIGINT) AS cost_assumed,
       CAST(coalesce(s.contacts, 0) AS BIGINT) AS contacts,
       CAST(coalesce(s.handle_assumed, 0) AS BIGINT) AS handle_assumed,
       CAST(coalesce(s.rate_assumed, 0) AS BIGINT) AS rate_assumed,
       CAST(coalesce(s.cost, 0) AS DOUBLE) AS service_cost,
       CAST(coalesce(f.referrals, 0) AS BIGINT) AS referrals
FROM {customers} k
LEFT JOIN {orders_by_customer} o ON o.customer_number = k.customer_number
LEFT JOIN {service_by_customer} s ON s.customer_number = k.customer_number
LEFT JOIN {referrals_by_customer} f ON f.customer_number = k.customer_number
ORDER BY k.customer_number

-- purchase_book: one row an order that brought something
SELECT CAST(s.customer_number AS BIGINT) AS customer_number, CAST(s.day_number AS BIGINT) AS day, CAST(s.revenue AS DOUBLE) AS spend
FROM {sold} s
WHERE s.revenue > 0
