-- contacts: every contact in the order of its id, as the clocks number them
SELECT c.contact_id, coalesce(c.channel, 'unknown') AS channel, c.reason, c.product_id, c.agent_id, c.outcome,
       CAST(floor(c.handle_seconds + 0.5) AS BIGINT) AS handle_s, c.sla_met, c.first_reply_at, c.resolved_at, m.customer_number
FROM {contacts} c
LEFT JOIN {members} m ON m.source = c.source AND m.source_id = c.source_id
WHERE c.opened_at <= CAST($as_of AS TIMESTAMPTZ)
ORDER BY c.contact_id

-- surveys: what customers said until then, in hundredths of a point
SELECT s."at", s.kind, CAST(floor(s.score * 100 + 0.5) AS BIGINT) AS score, s.contact_id, m.customer_number
FROM {surveys} s
LEFT JOIN {members} m ON m.source = s.source AND m.source_id = s.source_id
WHERE s."at" <= CAST($as_of AS TIMESTAMPTZ)
ORDER BY s."at", s.kind, s.source, s.source_id

-- orders: every order, its money in cents, when it was promised for, when it came, and whether it counts; no condition cuts it, for
-- then engines take it for small and join it the wrong way round, in twice the time; each status is looked at once
SELECT m.customer_number, o.ordered_at, o.promised_at, o.delivered_at, CAST(o.revenue * 100 AS BIGINT) AS cents,
       void.status IS NULL AND o.ordered_at <= CAST($as_of AS TIMESTAMPTZ) AS counts
FROM {orders} o
LEFT JOIN {members} m ON m.source = o.source AND m.source_id = o.source_id
LEFT JOIN (SELECT status FROM (SELECT DISTINCT status FROM {orders}) known
           WHERE lower(status) LIKE 'cancel%' OR lower(status) LIKE 'void%'
              OR lower(status) IN ('failed', 'unavailable', 'draft', 'trash', 'rejected', 'declined', 'expired')) void ON void.status = o.status

-- referrals: who recommended, and when the other one came
SELECT m.customer_number, r."at"
FROM {referrals} r
JOIN {members} m ON m.source = r.source AND m.source_id = r.referrer
WHERE r."at" <= CAST($as_of AS TIMESTAMPTZ)
ORDER BY m.customer_number, r."at"

-- shifts: when each agent was at work, ready or busy
SELECT agent_id, "at" AS begins, ends
FROM (SELECT agent_id, "at", state, coalesce(lead("at") OVER (PARTITION BY agent_id ORDER BY "at"), CAST($as_of AS TIMESTAMPTZ)) AS ends
      FROM {agent_events} WHERE "at" <= CAST($as_of AS TIMESTAMPTZ)) told
WHERE state IN ('ready', 'busy') AND ends > "at"
ORDER BY agent_id, "at"

-- rates: what a minute and a contact cost on each channel
SELECT channel, CAST(per_minute AS DOUBLE) AS per_minute, CAST(per_contact AS DOUBLE) AS per_contact FROM {activity_rates} ORDER BY channel

-- books: what the ledger has for service, month by month
SELECT period, CAST(books AS DOUBLE) AS books, state FROM {service_months} WHERE account = lower($account) ORDER BY period
