-- strangers: events of contacts that are not known
SELECT 'events of no known contact, left out' AS what, count(*) AS many
FROM {contact_events} e
LEFT JOIN {contacts} c ON c.contact_id = e.contact_id
WHERE c.contact_id IS NULL AND e."at" <= CAST($as_of AS TIMESTAMPTZ)

-- unknown_agents: contacts whose agent is not in the list of agents, where there is one
SELECT 'contacts of agents who are not in the list of agents, in no rating' AS what, count(*) AS many
FROM {contacts} c LEFT JOIN {agents} a ON a.agent_id = c.agent_id
WHERE c.agent_id IS NOT NULL AND a.agent_id IS NULL AND c.opened_at <= CAST($as_of AS TIMESTAMPTZ) AND (SELECT count(*) FROM {agents}) > 0

-- negative: lengths below nothing, taken as not told
SELECT 'lengths below nothing, taken as not told' AS what,
       sum(CASE WHEN handle_seconds < 0 THEN 1 ELSE 0 END) + sum(CASE WHEN queue_seconds < 0 THEN 1 ELSE 0 END) AS many
FROM {contacts} WHERE opened_at <= CAST($as_of AS TIMESTAMPTZ)
