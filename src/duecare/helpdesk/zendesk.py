"""Zendesk: people. Profiles are user fields: the level as a drop-down, whose tag tickets inherit, and the texts beside it.

Sources: developer.zendesk.com, Ticketing API: Users (update many, create or update many, show many), Job Statuses,
Incremental Exports (cursor based; ten requests a minute) and Rate Limits.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from duecare.helpdesk.desk import (
    CARE,
    CUSTOMER,
    TIER,
    WHY,
    BatchRefused,
    Capabilities,
    Change,
    Fields,
    Job,
    Outcome,
    Page,
    Person,
    Request,
    Response,
    Told,
)
from duecare.words import BadSettings

KEYS = {CUSTOMER: "duecare_customer", TIER: "duecare_tier", CARE: "duecare_care", WHY: "duecare_why"}
"""Duecare's fields by the keys of Zendesk's user fields."""
API = "/api/v2"
EXPORTS = "incremental exports"
EXPORTS_A_MINUTE = 10
ADDRESS = re.compile(r"\S+@\S+")
NO_BULK = "ask Zendesk to let you import users in bulk, or leave out --create"


def tag(tier: str) -> str:
    """Return the tag of a level, which is the value of its option.

    >>> tag("Premium"), tag("Très bien!")
    ('duecare_premium', 'duecare_très_bien')
    """
    return "duecare_" + re.sub(r"\W+", "_", tier.lower()).strip("_")


def refuse_same_tags(tiers: Sequence[str]) -> None:
    """Refuse levels that Zendesk could not tell apart.

    Raises:
        BadSettings: two have one tag, or one has none.
    """
    tags = [tag(one) for one in tiers]
    for name, found in zip(tiers, tags, strict=True):
        if found == tag("") or tags.count(found) > 1:
            raise BadSettings(
                f"Zendesk could not tell the tier {name!r} from others: its tag would be {found!r}",
                mend="give it another name, of letters or digits",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Zendesk:
    """Translates for one Zendesk."""

    user: str
    """The agent's e-mail whose token lets us in."""
    tiers: tuple[str, ...]
    """The levels that have a label, as the policy names them, and those that profiles may still show."""
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(batch=100, looks=100, creates=True, incremental=True, jobs=20))

    def __post_init__(self) -> None:
        refuse_same_tags(self.tiers)

    def enter(self, secret: str) -> Request | None:
        """Each request carries the token."""
        del secret
        return None

    def headers(self, secret: str) -> Mapping[str, str]:
        """Return what lets us in."""
        known = base64.b64encode(f"{self.user}/token:{secret}".encode()).decode()
        return {"authorization": f"Basic {known}"}

    def told(self, response: Response) -> Told | None:
        """Read the budget: the account's requests a minute."""
        said = response.headers
        limit, left = (
            said.get("ratelimit-limit") or said.get("x-rate-limit"),
            said.get("ratelimit-remaining") or said.get("x-rate-limit-remaining"),
        )
        if limit is None or left is None or not (limit.isdigit() and left.isdigit()):
            return None
        reset = said.get("ratelimit-reset", "")
        return Told(limit=int(limit), remaining=int(left), reset_s=float(reset) if reset.isdigit() else None)

    def people(self, cursor: str) -> Request:
        """Ask for those who changed since."""
        query = {"cursor": cursor} if cursor else {"start_time": "1"}
        return Request(method="GET", path=f"{API}/incremental/users/cursor", query=query, lane=EXPORTS, per_minute=EXPORTS_A_MINUTE)

    def peopled(self, response: Response) -> Page:
        """Read them; a cursor comes at the end of the stream too, so the flag alone says that it is over."""
        said = response.json()
        return Page([self._person(one) for one in said["users"]], str(said["after_cursor"] or ""), bool(said["end_of_stream"]))

    def look(self, persons: Sequence[str]) -> Request:
        """Ask for some."""
        return Request(method="GET", path=f"{API}/users/show_many", query={"ids": ",".join(persons)})

    def looked(self, response: Response) -> Sequence[Person]:
        """Read them."""
        return [self._person(one) for one in response.json()["users"]]

    def write(self, changes: Sequence[Change]) -> Request:
        """Ask to update a batch, or to make one whom Zendesk does not know."""
        if changes[0].person:
            rows = [{"id": int(one.person), "user_fields": as_fields(one.after)} for one in changes]
            return Request(method="PUT", path=f"{API}/users/update_many", body={"users": rows})
        return Request(
            method="POST", path=f"{API}/users/create_or_update_many", body={"users": [self._new(one) for one in changes]}, denied=NO_BULK
        )

    def written(self, changes: Sequence[Change], response: Response) -> Sequence[Outcome | None] | Job:
        """Read which job will do it."""
        del changes
        if response.status >= 400:
            raise BatchRefused(_why(response))
        return Job(str(response.json()["job_status"]["id"]))

    def poll(self, jobs: Sequence[str]) -> Request:
        """Ask how jobs stand."""
        return Request(method="GET", path=f"{API}/job_statuses/show_many", query={"ids": ",".join(jobs)})

    def polled(
        self, jobs: Mapping[str, Sequence[Change]], response: Response
    ) -> Mapping[str, Sequence[Outcome | None] | BatchRefused | None]:
        """Read what came of them."""
        return {str(one["id"]): _ended(one, jobs[str(one["id"])]) for one in response.json()["job_statuses"] if str(one["id"]) in jobs}

    def _person(self, said: Mapping[str, Any]) -> Person:
        fields = as_shown(said.get("user_fields") or {}, self.tiers)
        staff = said.get("role", "end-user") != "end-user"
        known = {"external_id": said.get("external_id"), "email": said.get("email")}
        return Person(person=str(said["id"]), **known, fields=fields, gone=said.get("active") is False, staff=staff)

    def _new(self, change: Change) -> dict[str, Any]:
        named = {"email": change.email, "name": change.name or change.email or change.customer_id}
        known = {"external_id": change.customer_id, "skip_verify_email": True}
        return {name: value for name, value in named.items() if value} | known | {"user_fields": as_fields(change.after)}


def as_shown(said: Mapping[str, Any], tiers: Sequence[str]) -> Fields:
    """Return Duecare's fields of what Zendesk shows: a level by its name where its tag is one of ours."""
    fields = {name: str(said[key]) for name, key in KEYS.items() if said.get(key)}
    if TIER in fields:
        fields[TIER] = {tag(one): one for one in tiers}.get(fields[TIER], fields[TIER])
    return fields


def as_fields(fields: Fields) -> dict[str, str | None]:
    """Return Duecare's fields as Zendesk has them: a level by its tag, nothing as null."""
    return {KEYS[name]: (tag(text) if name == TIER else text) or None if text else None for name, text in fields.items()}


def _ended(job: Mapping[str, Any], changes: Sequence[Change]) -> Sequence[Outcome | None] | BatchRefused | None:
    """The outcomes of a job, by their place or by the person's number."""
    if job["status"] not in {"completed", "failed", "killed"}:
        return None
    results = job.get("results")
    if isinstance(results, Mapping) and results.get("success"):  # all of it
        return [Outcome() for _ in changes]
    if job["status"] != "completed" or not isinstance(results, list):
        return BatchRefused(ADDRESS.sub("…", str(job.get("message") or f"its job {job['status']}")))
    place = {one.person: at for at, one in enumerate(changes) if one.person}
    found: list[Outcome | None] = [None] * len(changes)
    for one in results:
        at = one["index"] if "index" in one else place.get(str(one.get("id")), -1)
        if 0 <= at < len(changes):
            found[at] = _result(one, changes[at])
    return found


def _result(said: Mapping[str, Any], change: Change) -> Outcome:
    if said.get("error") or said.get("success") is False:
        why = ": ".join(ADDRESS.sub("…", str(said[name])) for name in ("error", "details") if said.get(name)) or "refused"
        return Outcome(missing=True) if "NotFound" in why and change.person else Outcome(why=why)
    return Outcome(person="" if change.person else str(said["id"]))


def _why(response: Response) -> str:
    """What an answer says of why, without what may be personal: Zendesk's own word for it."""
    try:
        said = response.json()
    except ValueError:
        return f"answered {response.status}"
    error = said.get("error") if isinstance(said, dict) else None
    return f"answered {response.status}: {error if isinstance(error, str) else 'refused'}"
