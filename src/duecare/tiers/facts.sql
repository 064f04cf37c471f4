-- facts: one row a customer, every column that a condition may name
SELECT h.customer_id,
       v.clv, v.clv_percentile, v.revenue_percentile, v.rfm, v.rfm_r, v.rfm_f, v.rfm_m, v.p_alive, 1 - v.p_alive AS churn_risk, v.expected_orders,
       v.referral_value, v.contract_value, v.p_top1, v.p_top5, v.p_top10, v.p_top20, v.p_top50, v.p_top10_within_year,
       h.orders, h.revenue, h.margin, h.margin - h.service_cost AS profit, h.contacts, coalesce(c.complaints, 0) AS complaints, h.referrals, h.returns,
       s.nps, s.csat,
       h.age_days - h.recency_days AS days_since_order, c.days_since_contact, h.age_days AS tenure_days
FROM {history} h
JOIN {valuation} v ON v.customer_id = h.customer_id
LEFT JOIN {asked_us} c ON c.customer_id = h.customer_id
LEFT JOIN {told_us} s ON s.customer_id = h.customer_id

-- asked_us: when each customer last asked something, and how often they complained
SELECT m.customer_id, CAST(date_diff('day', CAST(max(c.opened_at) AS DATE), CAST(CAST($as_of AS TIMESTAMPTZ) AS DATE)) AS DOUBLE) AS days_since_contact,
       sum(CASE WHEN lower(c.reason) LIKE 'complain%' THEN 1 ELSE 0 END) AS complaints
FROM {contacts} c JOIN {members} m ON m.source = c.source AND m.source_id = c.source_id
WHERE c.opened_at <= CAST($as_of AS TIMESTAMPTZ)
GROUP BY m.customer_id

-- told_us: each customer's newest answers
SELECT m.customer_id, arg_max(CASE WHEN lower(s.kind) = 'nps' THEN CAST(s.score AS DOUBLE) END, CASE WHEN lower(s.kind) = 'nps' THEN s.at END) AS nps,
       arg_max(CASE WHEN lower(s.kind) = 'csat' THEN CAST(s.score AS DOUBLE) END, CASE WHEN lower(s.kind) = 'csat' THEN s.at END) AS csat
FROM {surveys} s JOIN {members} m ON m.source = s.source AND m.source_id = s.source_id
WHERE s.at <= CAST($as_of AS TIMESTAMPTZ)
GROUP BY m.customer_id

-- ordered_since: who bought something of one kind on or after a day
SELECT DISTINCT m.customer_id
FROM {orders} o
JOIN {members} m ON m.source = o.source AND m.source_id = o.source_id
LEFT JOIN {order_lines} l ON l.order_id = o.order_id
WHERE $of_which = $value AND o.revenue > 0
  AND o.ordered_at >= CAST($since AS TIMESTAMPTZ) AND o.ordered_at <= CAST($as_of AS TIMESTAMPTZ)

-- grouped: the facts of whole households or accounts in the place of their members' own; who is in none stands for themselves
SELECT f.customer_id, t.clv, t.clv_percentile, t.revenue_percentile,
       CASE WHEN t.rfm_r IS NULL THEN NULL ELSE CAST(t.rfm_r AS VARCHAR) || CAST(t.rfm_f AS VARCHAR) || CAST(t.rfm_m AS VARCHAR) END AS rfm, t.rfm_r, t.rfm_f, t.rfm_m,
       t.p_alive, 1 - t.p_alive AS churn_risk, t.expected_orders, t.referral_value, t.contract_value,
       t.p_top1, t.p_top5, t.p_top10, t.p_top20, t.p_top50, t.p_top10_within_year,
       t.orders, t.revenue, t.margin, t.profit, t.contacts, t.complaints, t.referrals, t.returns, t.nps, t.csat,
       t.days_since_order, t.days_since_contact, t.tenure_days
FROM {alone} f
LEFT JOIN {groups} g ON g.customer_id = f.customer_id
JOIN (
    SELECT x.*, CASE WHEN x.clv IS NOT NULL THEN 100.0 * (rank() OVER (PARTITION BY x.clv IS NULL ORDER BY x.clv) - 1) / count(*) OVER (PARTITION BY x.clv IS NULL) END AS clv_percentile,
           CASE WHEN x.orders > 0 THEN 100.0 * (rank() OVER (PARTITION BY x.orders > 0 ORDER BY x.revenue) - 1) / count(*) OVER (PARTITION BY x.orders > 0) END AS revenue_percentile
    FROM (
        SELECT coalesce(g.group_id, f.customer_id) AS group_id, sum(f.clv) AS clv, min(f.rfm_r) AS rfm_r, min(f.rfm_f) AS rfm_f, min(f.rfm_m) AS rfm_m,
               max(f.p_alive) AS p_alive, sum(f.expected_orders) AS expected_orders, sum(f.referral_value) AS referral_value, sum(f.contract_value) AS contract_value,
               max(f.p_top1) AS p_top1, max(f.p_top5) AS p_top5, max(f.p_top10) AS p_top10, max(f.p_top20) AS p_top20, max(f.p_top50) AS p_top50,
               max(f.p_top10_within_year) AS p_top10_within_year, sum(f.orders) AS orders, sum(f.revenue) AS revenue, sum(f.margin) AS margin, sum(f.profit) AS profit,
               sum(f.contacts) AS contacts, sum(f.complaints) AS complaints, sum(f.referrals) AS referrals, sum(f.returns) AS returns, min(f.nps) AS nps, min(f.csat) AS csat,
               min(f.days_since_order) AS days_since_order, min(f.days_since_contact) AS days_since_contact, max(f.tenure_days) AS tenure_days
        FROM {alone} f LEFT JOIN {groups} g ON g.customer_id = f.customer_id
        GROUP BY coalesce(g.group_id, f.customer_id)
    ) x
) t ON t.group_id = coalesce(g.group_id, f.customer_id)
