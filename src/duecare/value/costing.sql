-- activity_rates: what a minute, a contact, a return and a new customer cost on each channel; a channel of its own goes before *
SELECT channel,
       max(CASE WHEN activity = 'minute' THEN amount END) AS per_minute,
       max(CASE WHEN activity = 'contact' THEN amount END) AS per_contact,
       max(CASE WHEN activity = 'return' THEN amount END) AS per_return,
       max(CASE WHEN activity = 'acquisition' THEN amount END) AS per_customer
FROM {rates}
GROUP BY channel

-- worked: one row a customer's number, channel and month (UTC, as 202603) with contacts, and one with returns, until the as-of moment; no number where nobody knows whose a contact is
SELECT m.customer_number, c.channel, c.month, lower($service_account) AS account,
       count(*) AS contacts, 0 AS returns, sum(c.seconds) AS seconds, sum(c.assumed) AS handle_assumed
FROM (SELECT c.source, c.source_id, c.channel,
             year(CAST(c.opened_at AS DATE)) * 100 + month(CAST(c.opened_at AS DATE)) AS month,
             CAST(floor(CASE WHEN c.handle_seconds >= 0 THEN c.handle_seconds ELSE coalesce(h.seconds, $seconds_per_contact) END + 0.5) AS BIGINT) AS seconds,
             CASE WHEN c.handle_seconds >= 0 OR h.seconds IS NOT NULL THEN 0 ELSE 1 END AS assumed
      FROM {contacts} c
      LEFT JOIN {handled} h ON h.contact_id = c.contact_id
      WHERE c.opened_at <= CAST($as_of AS TIMESTAMPTZ)) c
LEFT JOIN {members} m ON m.source = c.source AND m.source_id = c.source_id
GROUP BY m.customer_number, c.channel, c.month
UNION ALL
SELECT customer_number, coalesce(channel, '*'), year(day) * 100 + month(day), lower($returns_account), 0, count(*), 0, 0
FROM {sold} s
WHERE refunded > 0
GROUP BY customer_number, coalesce(channel, '*'), year(day) * 100 + month(day)

-- priced: the same with what it costs at the rates
SELECT w.customer_number, w.channel, w.month, w.account, w.contacts, w.returns, w.seconds, w.handle_assumed,
       CASE WHEN own.per_minute IS NULL AND every.per_minute IS NULL THEN w.contacts ELSE 0 END AS rate_assumed,
       CAST(CAST(w.seconds AS DOUBLE) * CAST(coalesce(own.per_minute, every.per_minute, $cost_per_minute) AS DOUBLE) / CAST(60 AS DOUBLE)
            + CAST(w.contacts AS DOUBLE) * CAST(coalesce(own.per_contact, every.per_contact, 0) AS DOUBLE)
            + CAST(w.returns AS DOUBLE) * CAST(coalesce(own.per_return, every.per_return, 0) AS DOUBLE) AS DECIMAL(18, 8)) AS at_rates
FROM {worked} w
LEFT JOIN {activity_rates} own ON own.channel = w.channel
LEFT JOIN {activity_rates} every ON every.channel = '*'

-- booked: what the ledger has for each month and account of service, and in which money
SELECT substr(period, 1, 7) AS period, lower(account) AS account, sum(amount) AS books,
       max(CASE WHEN currency <> $currency THEN 1 ELSE 0 END) AS foreign_money
FROM {ledger}
WHERE account <> '' AND lower(account) IN (lower($service_account), lower($returns_account))
GROUP BY substr(period, 1, 7), lower(account)

-- months: each month and account: cost at the rates, cost in the books, and whether the one is scaled to the other
SELECT w.month, w.period, w.account, w.contacts, w.returns, w.at_rates, b.books,
       CASE WHEN b.books IS NULL THEN 'no line'
            WHEN b.foreign_money = 1 THEN 'other currency'
            WHEN w.period >= $not_over THEN 'not over'
            WHEN b.books < 0 THEN 'below nothing'
            WHEN w.at_rates = 0 THEN 'no rates'
            ELSE 'scaled' END AS state
FROM (SELECT month, concat(substr(CAST(month AS VARCHAR), 1, 4), '-', substr(CAST(month AS VARCHAR), 5, 2)) AS period, account,
             sum(contacts) AS contacts, sum(returns) AS returns, sum(at_rates) AS at_rates FROM {priced} GROUP BY month, account) w
LEFT JOIN {booked} b ON b.period = w.period AND b.account = w.account

-- costed: every row of the work with its cost, scaled to the books where they have one; rows that are alike cost alike
SELECT p.customer_number, p.channel, p.month, p.account, p.contacts, p.returns, p.seconds, p.handle_assumed, p.rate_assumed,
       CASE WHEN k.state = 'scaled'
            THEN CAST(CAST(p.at_rates AS DOUBLE) * (CAST(k.books AS DOUBLE) / CAST(k.at_rates AS DOUBLE)) AS DECIMAL(18, 8))
            ELSE p.at_rates END AS cost
FROM {priced} p
JOIN {months} k ON k.month = p.month AND k.account = p.account

-- service_months: each month and account once more, with what is nobody's and what rounding left of the books
SELECT k.period, k.account, CAST(k.contacts AS BIGINT) AS contacts, CAST(k.returns AS BIGINT) AS returns,
       CAST(k.at_rates AS DECIMAL(28, 8)) AS at_rates, CAST(k.books AS DECIMAL(28, 8)) AS books, k.state,
       CAST(c.cost AS DECIMAL(28, 8)) AS cost, CAST(c.of_nobody AS DECIMAL(28, 8)) AS of_nobody,
       CAST(CASE WHEN k.state = 'scaled' THEN k.books - c.cost ELSE 0 END AS DECIMAL(28, 8)) AS rounding
FROM {months} k
JOIN (SELECT month, account, sum(cost) AS cost, sum(CASE WHEN customer_number IS NULL THEN cost ELSE 0 END) AS of_nobody
      FROM {costed} GROUP BY month, account) c ON c.month = k.month AND c.account = k.account
ORDER BY k.period, k.account

-- service_costs: what serving each customer cost by channel, in the order of their numbers; the lines without a customer are what is nobody's, and what rounding left
SELECT k.customer_id, l.customer_number, l.channel, l.contacts, l.minutes, l.returns, l.cost, l.returns_cost, l.handle_assumed, l.rate_assumed
FROM (SELECT customer_number, channel,
             CAST(sum(contacts) AS BIGINT) AS contacts,
             CAST(sum(seconds) AS DOUBLE) / CAST(60 AS DOUBLE) AS minutes,
             CAST(sum(returns) AS BIGINT) AS returns,
             CAST(sum(cost) AS DECIMAL(28, 8)) AS cost,
             CAST(sum(CASE WHEN returns > 0 THEN cost ELSE 0 END) AS DECIMAL(28, 8)) AS returns_cost,
             CAST(sum(handle_assumed) AS BIGINT) AS handle_assumed,
             CAST(sum(rate_assumed) AS BIGINT) AS rate_assumed
      FROM {costed}
      GROUP BY customer_number, channel
      UNION ALL
      SELECT CAST(NULL AS BIGINT), 'rounding', CAST(0 AS BIGINT), CAST(0 AS DOUBLE), CAST(0 AS BIGINT),
             CAST(sum(rounding) AS DECIMAL(28, 8)), CAST(0 AS DECIMAL(28, 8)), CAST(0 AS BIGINT), CAST(0 AS BIGINT)
      FROM {service_months}
      HAVING sum(rounding) <> 0) AS l
LEFT JOIN {customers} k ON k.customer_number = l.customer_number
ORDER BY l.customer_number NULLS LAST, l.channel

-- acquisition: one row a channel of the first order: the customers won there, and what winning one costs
SELECT f.channel, f.customers, CAST(coalesce(own.per_customer, every.per_customer) AS DOUBLE) AS cost_each
FROM (SELECT channel, CAST(count(*) AS BIGINT) AS customers
      FROM (SELECT coalesce(channel, '*') AS channel, row_number() OVER (PARTITION BY customer_number ORDER BY ordered_at, order_id) AS turn
            FROM {sold} s WHERE revenue > 0) AS taken
      WHERE turn = 1
      GROUP BY channel) f
LEFT JOIN {activity_rates} own ON own.channel = f.channel
LEFT JOIN {activity_rates} every ON every.channel = '*'
ORDER BY f.customers DESC, f.channel
