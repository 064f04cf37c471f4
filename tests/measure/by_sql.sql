-- happened: what the clocks read of each event, with the state before and after; the order at one instant is that of docs/promises.md
SELECT contact_id, "at", what, state, coalesce(lag(state) OVER w, 0) AS before, row_number() OVER w AS turn
FROM (
    SELECT contact_id, "at", what, turn, coalesce(last_value(told_state IGNORE NULLS) OVER (PARTITION BY contact_id ORDER BY "at", turn ROWS UNBOUNDED PRECEDING), 0) AS state
    FROM (
        SELECT contact_id, greatest("at", opened_at) AS "at", what, told_state,
               CASE what WHEN 'priority' THEN 0 WHEN 'queued' THEN 1 WHEN 'message' THEN 2 WHEN 'reply' THEN 3 WHEN 'answered' THEN 7 WHEN 'abandoned' THEN 8 WHEN 'deflected' THEN 9 WHEN 'state' THEN 20 + told_state ELSE 12 END AS turn
        FROM (
            SELECT e.contact_id, e."at", c.opened_at,
                   CASE WHEN e.kind = 'reply' AND e.actor_kind = 'customer' AND coalesce(e.public, TRUE) THEN 'message'
                        WHEN e.kind = 'reply' AND e.actor_kind = 'agent' AND coalesce(e.public, TRUE) THEN 'reply'
                        WHEN e.kind IN ('status', 'closed') THEN 'state'
                        WHEN e.kind = 'answered' AND e.actor_kind = 'agent' THEN 'answered'
                        WHEN e.kind IN ('priority', 'queued', 'abandoned', 'deflected', 'transferred') THEN e.kind END AS what,
                   CASE WHEN e.kind = 'closed' OR e.kind = 'abandoned' THEN 5
                        WHEN e.kind = 'deflected' THEN 4
                        WHEN e.kind = 'status' THEN CASE e.value WHEN 'new' THEN 0 WHEN 'open' THEN 1 WHEN 'hold' THEN 2 WHEN 'pending' THEN 3 WHEN 'solved' THEN 4 WHEN 'closed' THEN 5 ELSE 1 END END AS told_state
            FROM {contact_events} e JOIN {contacts} c ON c.contact_id = e.contact_id
            WHERE e."at" <= CAST($as_of AS TIMESTAMPTZ) AND c.opened_at <= CAST($as_of AS TIMESTAMPTZ)
        ) WHERE what IS NOT NULL
    )
)
WINDOW w AS (PARTITION BY contact_id ORDER BY "at", turn)

-- solves: every moment at which a contact became solved, and by what
SELECT contact_id, "at", turn, CASE what WHEN 'abandoned' THEN 'abandoned' WHEN 'deflected' THEN 'bot' ELSE 'done' END AS how
FROM {happened} WHERE state >= 4 AND before < 4

-- facts: one row a contact
SELECT c.contact_id, c.opened_at, c.channel, c.reason, m.customer_number, h.tier, a.first_answer, coalesce(a.answers, 0) AS answers, coalesce(a.transfers, 0) AS transfers,
       s.first_solved, CASE WHEN z.state >= 4 THEN s.last_solved END AS last_solved, CASE WHEN z.state >= 4 THEN s.last_how ELSE 'running' END AS how,
       CAST(floor(c.handle_seconds + 0.5) AS BIGINT) AS handle_s, c.outcome
FROM {contacts} c
LEFT JOIN {members} m ON m.source = c.source AND m.source_id = c.source_id
LEFT JOIN {held_now} h ON h.customer_number = m.customer_number
LEFT JOIN (SELECT contact_id, min(CASE WHEN what IN ('reply', 'answered') THEN "at" END) AS first_answer,
                  count(CASE WHEN what IN ('reply', 'answered') THEN 1 END) AS answers, count(CASE WHEN what = 'transferred' THEN 1 END) AS transfers
           FROM {happened} GROUP BY contact_id) a ON a.contact_id = c.contact_id
LEFT JOIN (SELECT contact_id, min("at") AS first_solved, max("at") AS last_solved, arg_max(how, turn) AS last_how FROM {solves} GROUP BY contact_id) s ON s.contact_id = c.contact_id
LEFT JOIN (SELECT contact_id, arg_max(state, turn) AS state FROM {happened} GROUP BY contact_id) z ON z.contact_id = c.contact_id
WHERE c.opened_at <= CAST($as_of AS TIMESTAMPTZ)

-- first_response: lengths
SELECT tier, epoch_us(first_answer) AS done_at, (epoch_us(first_answer) - epoch_us(opened_at)) // 1000000 AS amount, channel FROM {facts} WHERE first_answer IS NOT NULL

-- next_reply: lengths
WITH marked AS (
    SELECT h.contact_id, h."at", h.turn, h.what, (h.what IN ('reply', 'answered')) OR s.turn IS NOT NULL AS resets, h.what IN ('reply', 'answered') AS answers, f.first_answer
    FROM {happened} h LEFT JOIN {solves} s ON s.contact_id = h.contact_id AND s.turn = h.turn JOIN {facts} f ON f.contact_id = h.contact_id
), parted AS (
    SELECT *, count(CASE WHEN resets THEN 1 END) OVER (PARTITION BY contact_id ORDER BY turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS part,
           count(CASE WHEN answers THEN 1 END) OVER (PARTITION BY contact_id ORDER BY turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS answered
    FROM marked
), asked AS (SELECT contact_id, part, min("at") AS "at" FROM parted WHERE what = 'message' AND answered > 0 GROUP BY contact_id, part)
SELECT f.tier, epoch_us(p."at") AS done_at, (epoch_us(p."at") - epoch_us(a."at")) // 1000000 AS amount, f.channel
FROM asked a JOIN parted p ON p.contact_id = a.contact_id AND p.part = a.part AND p.answers JOIN {facts} f ON f.contact_id = a.contact_id

-- full_resolution: lengths
SELECT tier, epoch_us(last_solved) AS done_at, (epoch_us(last_solved) - epoch_us(opened_at)) // 1000000 AS amount, channel FROM {facts} WHERE how = 'done'

-- queue_wait: lengths
SELECT f.tier, epoch_us(h."at") AS done_at, (epoch_us(h."at") - epoch_us(h.asked)) // 1000000 AS amount, f.channel
FROM (SELECT *, lag("at") OVER (PARTITION BY contact_id ORDER BY turn) AS asked, lag(what) OVER (PARTITION BY contact_id ORDER BY turn) AS was
      FROM {happened} WHERE what IN ('queued', 'answered', 'abandoned', 'deflected')) h
JOIN {facts} f ON f.contact_id = h.contact_id
WHERE h.what = 'answered' AND h.was = 'queued'

-- promises_kept: cases
SELECT f.tier, epoch_us(least(first_answer, opened_at + to_minutes(t.target_minutes))) AS done_at, CAST(first_answer <= opened_at + to_minutes(t.target_minutes) AS BIGINT) AS amount, channel
FROM (SELECT *, coalesce(first_answer, CASE WHEN how <> 'running' THEN NULL ELSE CAST($as_of AS TIMESTAMPTZ) + INTERVAL 1 SECOND END) AS came FROM {facts}) f JOIN {targets} t ON t.tier = f.tier
WHERE (first_answer IS NOT NULL) OR (how = 'running' AND opened_at + to_minutes(t.target_minutes) < CAST($as_of AS TIMESTAMPTZ))
   OR (how <> 'running' AND first_answer IS NULL AND (how = 'done' OR opened_at + to_minutes(t.target_minutes) < last_solved))

-- csat: cases
SELECT h.tier, epoch_us(s."at") AS done_at, CAST(s.score >= 4 AS BIGINT) AS amount, c.channel
FROM {surveys} s LEFT JOIN {members} m ON m.source = s.source AND m.source_id = s.source_id LEFT JOIN {held_now} h ON h.customer_number = m.customer_number
LEFT JOIN {contacts} c ON c.contact_id = s.contact_id WHERE s.kind = 'csat' AND s."at" <= CAST($as_of AS TIMESTAMPTZ)

-- csat_response: cases
SELECT f.tier, epoch_us(f.last_solved) AS done_at, CAST(r.contact_id IS NOT NULL AS BIGINT) AS amount, f.channel
FROM {facts} f LEFT JOIN (SELECT DISTINCT contact_id FROM {surveys} WHERE kind = 'csat' AND "at" <= CAST($as_of AS TIMESTAMPTZ)) r ON r.contact_id = f.contact_id WHERE f.how = 'done'

-- nps: cases
SELECT h.tier, epoch_us(s."at") AS done_at, CASE WHEN s.score >= 9 THEN 1 WHEN s.score <= 6 THEN -1 ELSE 0 END AS amount, NULL AS channel
FROM {surveys} s LEFT JOIN {members} m ON m.source = s.source AND m.source_id = s.source_id LEFT JOIN {held_now} h ON h.customer_number = m.customer_number
WHERE s.kind = 'nps' AND s."at" <= CAST($as_of AS TIMESTAMPTZ)

-- effort: cases
SELECT h.tier, epoch_us(s."at") AS done_at, CAST(s.score * 100 AS BIGINT) AS amount, c.channel
FROM {surveys} s LEFT JOIN {members} m ON m.source = s.source AND m.source_id = s.source_id LEFT JOIN {held_now} h ON h.customer_number = m.customer_number
LEFT JOIN {contacts} c ON c.contact_id = s.contact_id WHERE s.kind = 'ces' AND s."at" <= CAST($as_of AS TIMESTAMPTZ)

-- reopened: cases
SELECT tier, epoch_us(last_solved) AS done_at, CAST(first_solved <> last_solved AS BIGINT) AS amount, channel FROM {facts} WHERE how = 'done'

-- one_touch: cases
SELECT tier, epoch_us(last_solved) AS done_at, CAST(answers = 1 AS BIGINT) AS amount, channel FROM {facts} WHERE how = 'done' AND answers > 0

-- first_contact_resolution: cases
SELECT f.tier, epoch_us(f.last_solved) + 7 * 86400000000 AS done_at, CAST(f.first_solved = f.last_solved AND n.contact_id IS NULL AS BIGINT) AS amount, f.channel
FROM {facts} f LEFT JOIN (
    SELECT DISTINCT a.contact_id FROM {facts} a JOIN {facts} b
    ON b.customer_number = a.customer_number AND coalesce(b.reason, '?') = coalesce(a.reason, '?') AND b.opened_at > a.last_solved AND b.opened_at <= a.last_solved + INTERVAL 7 DAY WHERE a.how = 'done'
) n ON n.contact_id = f.contact_id
WHERE f.how = 'done' AND f.customer_number IS NOT NULL AND f.last_solved + INTERVAL 7 DAY <= CAST($as_of AS TIMESTAMPTZ)

-- transferred: cases
SELECT tier, epoch_us(last_solved) AS done_at, CAST(transfers > 0 AS BIGINT) AS amount, channel FROM {facts} WHERE how = 'done'

-- abandoned: cases
SELECT f.tier, epoch_us(h."at") AS done_at, CAST(h.what = 'abandoned' AS BIGINT) AS amount, f.channel
FROM (SELECT *, lag(what) OVER (PARTITION BY contact_id ORDER BY turn) AS was FROM {happened} WHERE what IN ('queued', 'answered', 'abandoned', 'deflected')) h
JOIN {facts} f ON f.contact_id = h.contact_id
WHERE h.what IN ('answered', 'abandoned') AND h.was = 'queued'

-- self_service: cases
SELECT tier, epoch_us(last_solved) AS done_at, CAST(how = 'bot' OR (outcome = 'self_service' AND answers = 0) AS BIGINT) AS amount, channel FROM {facts} WHERE how <> 'running'

-- complaints: cases
SELECT tier, epoch_us(opened_at) AS done_at, CAST(lower(reason) IN ('complaint', 'complaints') AS BIGINT) AS amount, channel FROM {facts} WHERE reason IS NOT NULL

-- orders_kept: cases
SELECT h.tier, epoch_us(CASE WHEN o.delivered_at <= o.promised_at THEN o.delivered_at ELSE least(o.promised_at, CAST($as_of AS TIMESTAMPTZ)) END) AS done_at,
       CAST(coalesce(o.delivered_at <= o.promised_at, FALSE) AS BIGINT) AS amount, NULL AS channel
FROM (SELECT source, source_id, promised_at, CASE WHEN delivered_at <= CAST($as_of AS TIMESTAMPTZ) THEN delivered_at END AS delivered_at
      FROM {orders} WHERE promised_at IS NOT NULL AND ordered_at <= CAST($as_of AS TIMESTAMPTZ) AND lower(coalesce(status, '')) NOT LIKE 'cancel%') o
LEFT JOIN {members} m ON m.source = o.source AND m.source_id = o.source_id LEFT JOIN {held_now} h ON h.customer_number = m.customer_number
WHERE o.delivered_at IS NOT NULL OR o.promised_at < CAST($as_of AS TIMESTAMPTZ)

-- bought_again: cases
SELECT h.tier, epoch_us(o.ordered_at) + 90 * 86400000000 AS done_at, CAST(coalesce(o.next_at <= o.ordered_at + INTERVAL 90 DAY, FALSE) AS BIGINT) AS amount, NULL AS channel
FROM (SELECT m.customer_number, x.ordered_at, x.revenue, lead(x.ordered_at) OVER (PARTITION BY m.customer_number ORDER BY x.ordered_at, x.order_id) AS next_at
      FROM {orders} x JOIN {members} m ON m.source = x.source AND m.source_id = x.source_id
      WHERE x.ordered_at <= CAST($as_of AS TIMESTAMPTZ) AND lower(coalesce(x.status, '')) NOT LIKE 'cancel%') o
LEFT JOIN {held_now} h ON h.customer_number = o.customer_number
WHERE o.revenue > 0 AND o.ordered_at + INTERVAL 90 DAY <= CAST($as_of AS TIMESTAMPTZ)

-- cost_per_contact: cases
WITH priced AS (
    SELECT f.contact_id, f.tier, f.channel, f.opened_at, date_trunc('month', f.opened_at AT TIME ZONE 'UTC') AS month,
           CAST(coalesce(f.handle_s, $seconds) AS HUGEINT) * CAST(round(coalesce(own.per_minute, every.per_minute, $per_minute) * 10000) AS HUGEINT)
             + 60 * CAST(round(coalesce(own.per_contact, every.per_contact, 0) * 10000) AS HUGEINT) AS weight
    FROM {facts} f LEFT JOIN {activity_rates} own ON own.channel = f.channel LEFT JOIN {activity_rates} every ON every.channel = '*'
), run AS (
    SELECT *, sum(weight) OVER (PARTITION BY month ORDER BY contact_id ROWS UNBOUNDED PRECEDING) AS so_far, sum(weight) OVER (PARTITION BY month) AS whole FROM priced
), due AS (
    SELECT r.*, coalesce(CAST(round(b.books * 100) AS HUGEINT), (r.whole * 100 + 300000) // 600000) AS total
    FROM run r LEFT JOIN {service_months} b ON b.period = strftime(r.month, '%Y-%m') AND b.account = lower($account) AND b.state = 'scaled'
)
SELECT tier, epoch_us(opened_at) AS done_at, CAST((so_far * total) // whole - ((so_far - weight) * total) // whole AS BIGINT) AS amount, channel FROM due

-- contacts_kept: cases, where one clock of each contact was promised
SELECT f.tier, epoch_us(least(first_answer, opened_at + to_minutes(t.target_minutes))) AS done_at, CAST(coalesce(first_answer, last_solved + INTERVAL 1 SECOND, CAST($as_of AS TIMESTAMPTZ)) <= opened_at + to_minutes(t.target_minutes) AND first_answer IS NOT NULL AS BIGINT) AS amount, channel
FROM {facts} f JOIN {targets} t ON t.tier = f.tier
WHERE first_answer IS NOT NULL OR (how = 'running' AND opened_at + to_minutes(t.target_minutes) < CAST($as_of AS TIMESTAMPTZ))
   OR (how <> 'running' AND (how = 'done' OR opened_at + to_minutes(t.target_minutes) < last_solved))

-- sla_met: cases
SELECT f.tier, epoch_us(f.opened_at) AS done_at, CAST(c.sla_met AS BIGINT) AS amount, f.channel
FROM {facts} f JOIN {contacts} c ON c.contact_id = f.contact_id WHERE c.sla_met IS NOT NULL

-- about_to_break: cases
SELECT f.tier, epoch_us(CAST($as_of AS TIMESTAMPTZ)) AS done_at,
       CAST(epoch_us(CAST($as_of AS TIMESTAMPTZ)) - epoch_us(opened_at) > t.target_minutes * 48000000 AS BIGINT) AS amount, channel
FROM {facts} f JOIN {targets} t ON t.tier = f.tier
WHERE first_answer IS NULL AND how = 'running' AND opened_at + to_minutes(t.target_minutes) >= CAST($as_of AS TIMESTAMPTZ)

-- value_at_stake: cases
SELECT f.tier, epoch_us(opened_at + to_minutes(t.target_minutes)) AS done_at, CAST($stake_cents AS BIGINT) AS amount, channel
FROM {facts} f JOIN {targets} t ON t.tier = f.tier
WHERE f.customer_number IS NOT NULL AND (first_answer > opened_at + to_minutes(t.target_minutes)
   OR (first_answer IS NULL AND ((how = 'running' AND opened_at + to_minutes(t.target_minutes) < CAST($as_of AS TIMESTAMPTZ))
   OR how = 'done' OR (how <> 'running' AND opened_at + to_minutes(t.target_minutes) < last_solved))))

-- cost_per_resolution: ratio
SELECT tier, done_at, amount, 0 AS below, channel FROM ({cost_per_contact}) AS cost
UNION ALL
SELECT tier, epoch_us(last_solved), 0, 1, channel FROM {facts} WHERE how IN ('done', 'bot')

-- occupancy: ratio
WITH told AS (
    SELECT state, "at" AS begins, coalesce(lead("at") OVER (PARTITION BY agent_id ORDER BY "at"), CAST($as_of AS TIMESTAMPTZ)) AS ends
    FROM {agent_events} WHERE "at" <= CAST($as_of AS TIMESTAMPTZ)
), shifts AS (SELECT begins, ends FROM told WHERE state IN ('ready', 'busy') AND ends > begins),
days AS (
    SELECT DISTINCT unnest(generate_series(CAST(begins AT TIME ZONE 'Europe/Berlin' AS DATE), CAST((ends - INTERVAL 1 MICROSECOND) AT TIME ZONE 'Europe/Berlin' AS DATE), INTERVAL 1 DAY)) AS day FROM shifts
), pieces AS (
    SELECT greatest(begins, CAST(d.day AS TIMESTAMP) AT TIME ZONE 'Europe/Berlin') AS opens, least(ends, (CAST(d.day AS TIMESTAMP) + INTERVAL 1 DAY) AT TIME ZONE 'Europe/Berlin') AS closes
    FROM shifts s JOIN days d ON d.day BETWEEN CAST(s.begins AT TIME ZONE 'Europe/Berlin' AS DATE) AND CAST((s.ends - INTERVAL 1 MICROSECOND) AT TIME ZONE 'Europe/Berlin' AS DATE)
)
SELECT NULL AS tier, epoch_us(opens) AS done_at, 0 AS amount, (epoch_us(closes) - epoch_us(opens)) // 1000000 AS below, NULL AS channel FROM pieces
UNION ALL
SELECT NULL, epoch_us(first_answer), handle_s, 0, NULL FROM {facts}
WHERE first_answer IS NOT NULL AND handle_s IS NOT NULL AND CAST(first_answer AT TIME ZONE 'Europe/Berlin' AS DATE) IN (SELECT CAST(day AS DATE) FROM days)
