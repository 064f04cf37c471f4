-- contract_rows: one row a subscription that began by the as-of moment: whose it is, what a month brings, its first day and the last one that is told; by customer and first day
SELECT n.customer_number, s.plan, CAST(s.price_per_month AS DOUBLE) AS price, CAST(s.cost_per_month AS DOUBLE) AS cost,
       CAST(s.from_at AS DATE) AS begins, CAST(s.to_at AS DATE) AS ends,
       CASE WHEN s.to_at <= CAST($as_of AS TIMESTAMPTZ) THEN 1 ELSE 0 END AS over
FROM {subscriptions} s
JOIN {members} n ON n.source = s.source AND n.source_id = s.source_id
WHERE s.from_at <= CAST($as_of AS TIMESTAMPTZ) AND (s.to_at IS NULL OR s.to_at >= s.from_at)
ORDER BY n.customer_number, s.from_at, s.to_at, s.plan, s.source, s.source_id

-- paid_by_orders: for each running contract how many months the customer's orders since it began come to that cost just what one, three, six or twelve months of it do
SELECT r.contract, CAST(sum(CASE WHEN abs(s.revenue - r.price) < 0.005 THEN 1
                                 WHEN abs(s.revenue - 3 * r.price) < 0.005 THEN 3
                                 WHEN abs(s.revenue - 6 * r.price) < 0.005 THEN 6
                                 WHEN abs(s.revenue - 12 * r.price) < 0.005 THEN 12
                                 ELSE 0 END) AS BIGINT) AS months
FROM {running_contracts} r
JOIN {sold} s ON s.customer_number = r.customer_number AND s.day >= r.begins
WHERE r.price > 0
GROUP BY r.contract
