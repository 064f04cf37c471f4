"""Plant contacts that were solved before anybody answered into a made shop: `python -m proofs.service_gate DIR`."""

import json
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from duecare import demo
from duecare.measure.gate import REASONS
from duecare.measure.held import Held
from duecare.measure.reading import Terms, read_log
from duecare.measure.terms import Rules
from duecare.promises import Promises
from duecare.promises.calendar import always
from duecare.records import open_scratch
from duecare.value.costing import cost_to_serve
from measure.made import know, stock
from proofs.service_kpis import MONEY
from proofs.service_shop import AS_OF

CUSTOMERS, EVERY = 60_000, 50
"""One contact in so many is spoilt, where it can be."""
SPOILT = """
SELECT * REPLACE (CASE WHEN hash(contact_id) % $every = 0 AND first_reply_at IS NOT NULL AND resolved_at >= first_reply_at
                       THEN first_reply_at - INTERVAL 1 SECOND ELSE resolved_at END AS resolved_at)
FROM {contacts}
"""
"""In their columns."""
SPOILT_EVENTS = """
SELECT e.* REPLACE (CASE WHEN hash(e.contact_id) % $every = 1 AND e.kind = 'status' AND e.value = 'solved' AND c.first_reply_at > c.opened_at + INTERVAL 2 SECOND
                         THEN c.first_reply_at - INTERVAL 1 SECOND ELSE e."at" END AS "at")
FROM {contact_events} e LEFT JOIN {contacts} c ON c.contact_id = e.contact_id
WHERE NOT (hash(e.contact_id) % $every = 1 AND e.kind = 'status' AND e.value IN ('open', 'pending') AND e."at" >= c.first_reply_at)
"""
"""In their events: solved a second before the first answer, and not opened again."""
TRUTH = """
SELECT c.contact_id,
       (hash(c.contact_id) % $every = 0 AND c.first_reply_at IS NOT NULL AND c.resolved_at >= c.first_reply_at)
       OR (hash(c.contact_id) % $every = 1 AND c.first_reply_at > c.opened_at + INTERVAL 2 SECOND AND s.contact_id IS NOT NULL) AS spoilt
FROM {contacts} c
LEFT JOIN (SELECT DISTINCT contact_id FROM {contact_events} WHERE kind = 'status' AND value = 'solved') s ON s.contact_id = c.contact_id
WHERE c.opened_at <= CAST($as_of AS TIMESTAMPTZ) ORDER BY c.contact_id
"""


def main(folder: Path) -> None:
    """Plant, measure, and say what was missed and what was false."""
    made = demo.make(folder / "shop", customers=CUSTOMERS, seed=9, form="parquet")
    nobody = np.empty(0, dtype=np.int64)
    with open_scratch(folder / "scratch", memory_gb=4) as warehouse:
        stock(warehouse, dict(made.exports))
        know(warehouse, made.truth)
        names = {"contacts": "contacts", "contact_events": "contact_events"}
        spoilt = warehouse.arrow(TRUTH, {"every": EVERY, "as_of": AS_OF}, **names)["spoilt"].fill_null(pa.scalar(value=False)).to_numpy()
        for name, sql in (("contact_events", SPOILT_EVENTS), ("contacts", SPOILT)):
            warehouse.run("spoilt", sql, {"every": EVERY}, **{one: one for one in names if f"{{{one}}}" in sql})
            warehouse.run(name, "SELECT * FROM {spoilt}", spoilt="spoilt")
        cost_to_serve(warehouse, as_of=AS_OF, money=MONEY)
        terms = Terms(promises=Promises((), ("always",)), calendars={"always": always()}, rules=Rules(), zone=ZoneInfo("UTC"), money=MONEY)
        _, found = read_log(warehouse, terms, Held(("Standard",), nobody, nobody, nobody), as_of=AS_OF)
    caught = found.aside == REASONS.index("solved before it was answered")
    figure = {"contacts": len(caught), "planted": int(spoilt.sum()), "caught": int((caught & spoilt).sum())}
    figure |= {"missed": int((spoilt & ~caught).sum()), "false": int((caught & ~spoilt).sum())}
    sys.stdout.write(json.dumps(figure))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
