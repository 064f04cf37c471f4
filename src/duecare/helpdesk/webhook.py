"""A webhook: changes are sent to an address of your own, signed. It cannot be asked what it shows, so what was sent counts as shown.

Each batch bears an idempotency key made of what it says. A batch of which no answer came, whatever was killed, is sent again as
it is, with the same key, before anything else is. Each change bears a version that grows from batch to batch: the same text,
wanted anew after another, is told anew, and a receiver can leave out what comes late.
The signature is the HMAC-SHA256 of the body under the secret, in hexadecimal.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from duecare.helpdesk.desk import BatchRefused, Capabilities, Change, Job, Outcome, Page, Person, Request, Response, Told

KEY, SIGNATURE = "idempotency-key", "duecare-signature"
BLIND = "a webhook cannot be asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Translates for one address."""

    secret: str = field(repr=False)
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(batch=100, looks=0, creates=True))

    def enter(self, secret: str) -> Request | None:
        """Nobody has to ask: what is sent is signed."""
        del secret
        return None

    def headers(self, secret: str) -> Mapping[str, str]:
        """Return nothing: the secret signs, and is never sent."""
        del secret
        return {}

    def told(self, response: Response) -> Told | None:
        """No budget is told."""
        del response
        return None

    def write(self, changes: Sequence[Change]) -> Request:
        """Send a batch."""
        rows = [
            {
                "customer_id": one.customer_id or one.person,
                "version": one.version,
                "email": one.email,
                "before": dict(one.before),
                "after": dict(one.after),
            }
            for one in changes
        ]
        body = json.dumps({"changes": rows}, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        return Request(method="POST", path="", raw=body, headers={"content-type": "application/json", **signed(body, self.secret)})

    def written(self, changes: Sequence[Change], response: Response) -> Sequence[Outcome | None] | Job:
        """Read whether it was taken: any answer of 200 to 299."""
        if not 200 <= response.status < 300:
            raise BatchRefused(f"answered {response.status}")
        return [Outcome(person="" if one.person else one.customer_id) for one in changes]

    def people(self, cursor: str) -> Request:
        """There is nobody to be asked for."""
        raise NotImplementedError(BLIND, cursor)

    def peopled(self, response: Response) -> Page:
        """There is nobody to be asked for."""
        raise NotImplementedError(BLIND, response)

    def look(self, persons: Sequence[str]) -> Request:
        """There is nobody to be asked for."""
        raise NotImplementedError(BLIND, persons)

    def looked(self, response: Response) -> Sequence[Person]:
        """There is nobody to be asked for."""
        raise NotImplementedError(BLIND, response)

    def poll(self, jobs: Sequence[str]) -> Request:
        """There are no jobs."""
        raise NotImplementedError(BLIND, jobs)

    def polled(
        self, jobs: Mapping[str, Sequence[Change]], response: Response
    ) -> Mapping[str, Sequence[Outcome | None] | BatchRefused | None]:
        """There are no jobs."""
        raise NotImplementedError(BLIND, jobs, response)


def signed(body: bytes, secret: str) -> dict[str, str]:
    """Return the key and the signature of a body, for whoever takes it to compare.

    >>> signed(b"{}", "s")["idempotency-key"][:8]
    '44136fa3'
    """
    return {KEY: hashlib.sha256(body).hexdigest(), SIGNATURE: hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
