-- selves: one row a customer and self (a brand, an outlet ...): what they bought there
SELECT s.customer_id, {self} AS self,
       count(CASE WHEN s.revenue > 0 THEN 1 END) AS orders,
       sum(s.revenue) AS revenue, sum(s.refunded) AS refunded,
       coalesce(sum(s.known_cost), 0)
         + coalesce(sum(CASE WHEN s.known_cost IS NULL THEN s.kept END), 0) * CAST($cost_share AS DECIMAL(9, 6)) AS cost,
       sum(CASE WHEN s.revenue > 0 THEN s.revenue ELSE 0 END) AS bought_for,
       DATE '1970-01-01' + max(CASE WHEN s.revenue > 0 THEN s.day_number END) AS last_day
FROM {sold} s
{beside}
GROUP BY s.customer_id, {self}

-- shared: the same with each self's part of what serving the customer cost and of what they will yet be worth
SELECT p.customer_id, p.self, p.orders, p.revenue, p.refunded, p.revenue - p.refunded - p.cost AS margin, p.last_day,
       p.part * coalesce(CAST(h.service_cost AS DOUBLE), 0) AS service_cost, p.part * v.clv AS clv
FROM (SELECT q.*, CASE WHEN sum(q.bought_for) OVER (PARTITION BY q.customer_id) > 0
                       THEN CAST(q.bought_for AS DOUBLE) / CAST(sum(q.bought_for) OVER (PARTITION BY q.customer_id) AS DOUBLE)
                       ELSE 1.0 / count(*) OVER (PARTITION BY q.customer_id) END AS part
      FROM ({selves}) q) p
LEFT JOIN {history} h ON h.customer_id = p.customer_id
LEFT JOIN {valuation} v ON v.customer_id = p.customer_id

-- together: the same for households or accounts, or for people as they are
SELECT coalesce({group}, x.customer_id) AS id, x.self, CAST(sum(x.orders) AS BIGINT) AS orders, CAST(sum(x.revenue) AS DOUBLE) AS revenue,
       CAST(sum(x.refunded) AS DOUBLE) AS refunded, CAST(sum(x.margin) AS DOUBLE) AS margin, sum(x.service_cost) AS service_cost,
       sum(x.clv) AS clv, max(x.last_day) AS last_day
FROM ({shared}) x
{joined}
GROUP BY coalesce({group}, x.customer_id), x.self
ORDER BY id, self
