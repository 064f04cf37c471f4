-- lately: for each source the logarithms of amounts lately and before, their middle and their spread
SELECT source,
       count(CASE WHEN recent = 1 THEN 1 END) AS orders, count(CASE WHEN recent = 0 THEN 1 END) AS orders_before,
       median(CASE WHEN recent = 1 THEN amount END) AS middle, median(CASE WHEN recent = 0 THEN amount END) AS middle_before,
       stddev_samp(CASE WHEN recent = 0 THEN amount END) AS spread_before
FROM (SELECT s.source, CASE WHEN s.day_number > $recent_from THEN 1 ELSE 0 END AS recent, ln(CAST(s.revenue AS DOUBLE)) AS amount
      FROM {sold} s WHERE s.revenue > 0 AND s.day_number > $longest) amounts
GROUP BY source
ORDER BY source

-- hours: for each source how many orders stand at each hour (UTC), lately and before
SELECT source, recent, hour, count(*) AS orders
FROM (SELECT s.source, CASE WHEN s.day_number > $recent_from THEN 1 ELSE 0 END AS recent,
             CAST(extract(hour FROM s.ordered_at) AS INTEGER) AS hour
      FROM {sold} s WHERE s.revenue > 0 AND s.day_number > $longest) placed
GROUP BY source, recent, hour
ORDER BY source, recent, hour

-- doubled: for each source how many orders repeat one of the same customer, day and amount, lately and before
SELECT source,
       CAST(sum(CASE WHEN recent = 1 THEN orders ELSE 0 END) AS BIGINT) AS orders, CAST(sum(CASE WHEN recent = 0 THEN orders ELSE 0 END) AS BIGINT) AS orders_before,
       CAST(sum(CASE WHEN recent = 1 THEN orders - 1 ELSE 0 END) AS BIGINT) AS again, CAST(sum(CASE WHEN recent = 0 THEN orders - 1 ELSE 0 END) AS BIGINT) AS again_before
FROM (SELECT s.source, CASE WHEN s.day_number > $recent_from THEN 1 ELSE 0 END AS recent, count(*) AS orders
      FROM {sold} s WHERE s.revenue > 0 AND s.day_number > $longest
      GROUP BY s.source, s.customer_number, s.day_number, s.revenue) same
GROUP BY source
ORDER BY source

-- selling_days: for each source its days with orders, the last of them, and the longest gap between two
SELECT source, count(*) AS days, max(day_number) AS last_day, max(gap) AS longest_gap
FROM (SELECT source, day_number, day_number - lag(day_number) OVER (PARTITION BY source ORDER BY day_number) AS gap
      FROM (SELECT DISTINCT s.source, s.day_number FROM {sold} s WHERE s.revenue > 0) days) gaps
GROUP BY source
ORDER BY source
