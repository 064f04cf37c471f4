-- cases: every contact under a number, in the order of its id
SELECT CAST(row_number() OVER (ORDER BY contact_id) - 1 AS BIGINT) AS number, contact_id, opened_at,
       CASE WHEN lower(severity) IN ('critical', 'urgent') THEN 3 WHEN lower(severity) = 'high' THEN 2 WHEN lower(severity) = 'low' THEN 0 ELSE 1 END AS severity,
       first_reply_at, resolved_at
FROM {contacts}
WHERE opened_at <= CAST($as_of AS TIMESTAMPTZ)

-- numbered: the same, for the engine
SELECT contact_id, opened_at, severity, first_reply_at, resolved_at FROM {cases} ORDER BY number

-- coded: what the engine reads of each event; bots and rules answer nobody, and what nobody saw is no reply
SELECT k.number, e."at",
       CASE WHEN e.kind = 'reply' AND e.actor_kind = 'customer' AND coalesce(e.public, TRUE) THEN 1
            WHEN e.kind = 'reply' AND e.actor_kind = 'agent' AND coalesce(e.public, TRUE) THEN 2
            WHEN e.kind IN ('status', 'closed') THEN 3
            WHEN e.kind = 'priority' THEN 4
            WHEN e.kind = 'queued' THEN 5
            WHEN e.kind = 'answered' AND e.actor_kind = 'agent' THEN 6
            WHEN e.kind = 'abandoned' THEN 7
            WHEN e.kind = 'deflected' THEN 8
            WHEN e.kind = 'merged' THEN 9
            WHEN e.kind = 'finished' THEN 10
            WHEN e.kind = 'transferred' THEN 11
            ELSE 0 END AS what,
       CASE WHEN e.kind = 'closed' THEN 5
            WHEN e.kind = 'status' THEN
                CASE WHEN lower(e.value) = 'new' THEN 0
                     WHEN lower(e.value) IN ('hold', 'on-hold', 'on hold', 'on_hold', 'onhold', 'stalled', 'paused', 'awaiting vendor', 'awaiting problem', 'awaiting change', 'awaiting evidence', 'waiting on third party', 'waiting_on_third_party', 'waiting on contact') THEN 2
                     WHEN lower(e.value) IN ('pending', 'waiting', 'snoozed', 'awaiting user info', 'awaiting caller', 'awaiting customer', 'waiting on customer', 'waiting_on_customer', 'waiting for customer') THEN 3
                     WHEN lower(e.value) IN ('solved', 'resolved', 'done', 'finished', 'completed') THEN 4
                     WHEN lower(e.value) IN ('closed', 'rejected', 'deleted', 'cancelled', 'canceled', 'abandoned', 'merged', 'spam') THEN 5
                     ELSE 1 END
            WHEN e.kind = 'priority' THEN
                CASE WHEN lower(e.value) IN ('critical', 'urgent') THEN 3 WHEN lower(e.value) = 'high' THEN 2 WHEN lower(e.value) = 'low' THEN 0 ELSE 1 END
            ELSE -1 END AS value
FROM {contact_events} e
JOIN {cases} k ON k.contact_id = e.contact_id
WHERE e.kind NOT IN ('opened', 'assigned', 'hold', 'callback')
  AND e."at" <= CAST($as_of AS TIMESTAMPTZ)

-- told: all of it, in no order; sorting it here takes thrice as long as sorting its numbers does
SELECT number, "at", CAST(what AS TINYINT) AS what, CAST(value AS TINYINT) AS value
FROM {coded}
WHERE what > 0

-- merges: which contact went into which, and when
SELECT k.number, s.number AS survivor
FROM {contact_events} e
JOIN {cases} k ON k.contact_id = e.contact_id
JOIN {cases} s ON s.contact_id = e.value
WHERE e.kind = 'merged' AND k.number <> s.number AND e."at" <= CAST($as_of AS TIMESTAMPTZ)
ORDER BY 1, 2
