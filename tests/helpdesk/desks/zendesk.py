"""A Zendesk of our own: its state and its answers, for tests. Nothing of Zendesk's is copied; its published description is what answers are held against.

`handle` takes a request and returns an answer; `http.py` puts it on a port, and `Local` hands it to an httpx client.
Time is handed in, so that a minute of a rate limit may take no time at all.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

# ruff: noqa: ANN401 - JSON is anything

Row = dict[str, Any]
EXPORT, MOST_BATCH = 1000, 100
USER, TOKEN = "bot@shop.example", "a-token"
START = datetime(2026, 3, 1, tzinfo=UTC)
BEFORE, AFTER, TWICE, LOST, BUSY, BUSY_PLAIN, FINE = "before", "after", "twice", "lost", "busy", "busy in plain words", "fine"
FAULTS = (BEFORE, AFTER, TWICE, LOST, BUSY, BUSY_PLAIN)
"""500 before anything was done; 502 after it was done; done twice; done, and no answer comes; 429 in JSON and in plain words."""


class NoAnswer(Exception):
    """The connection breaks before an answer comes."""


@dataclass
class ZendeskServer:
    """Users, fields, rules, tickets and jobs."""

    limit: int = 0
    """Requests a minute; 0 for any number."""
    now: Callable[[], float] = lambda: 0.0
    faults: Iterator[str] | None = None
    job_polls: int = 0
    """After so many polls a job is done."""
    drop_results: Callable[[int], bool] = lambda _: False
    """Of which places of a job's results nothing is told."""
    lose_jobs: Callable[[int], bool] = lambda _: False
    """Which jobs are done and forgotten."""
    bulk_import: bool = True
    revoked: bool = False
    users: dict[int, Row] = field(default_factory=dict)
    user_fields: dict[int, Row] = field(default_factory=dict)
    ticket_fields: dict[int, Row] = field(default_factory=dict)
    organizations: dict[int, Row] = field(default_factory=dict)
    organization_fields: dict[int, Row] = field(default_factory=dict)
    groups: dict[int, Row] = field(default_factory=dict)
    triggers: dict[int, Row] = field(default_factory=dict)
    views: dict[int, Row] = field(default_factory=dict)
    policies: dict[int, Row] = field(default_factory=dict)
    schedules: dict[int, Row] = field(default_factory=dict)
    tickets: dict[int, Row] = field(default_factory=dict)
    events: list[Row] = field(default_factory=list)
    metric_events: list[Row] = field(default_factory=list)
    ratings: list[Row] = field(default_factory=list)
    jobs: dict[str, Row] = field(default_factory=dict)
    log: list[tuple[str, str, int]] = field(default_factory=list)
    """Method, path and status of each answer."""
    _user_order: list[tuple[int, int]] = field(default_factory=list)
    _ticket_order: list[tuple[int, int]] = field(default_factory=list)
    _versions: dict[tuple[str, int], int] = field(default_factory=dict)
    _number: int = 1000
    _window: tuple[int, int] = (0, 0)

    def handle(self, method: str, path: str, query: Mapping[str, str], body: Any, headers: Mapping[str, str]) -> tuple[int, Row, bytes]:
        """Answer a request, with whatever fault is due."""
        path = path.removesuffix(".json").rstrip("/")
        fault = next(self.faults, FINE) if self.faults else FINE
        answer = self._faulty(fault, lambda: self._answer(method, path, query, body, headers))
        self.log.append((method, path, answer[0]))
        return answer

    def writes(self) -> int:
        """Return how many requests wrote people."""
        return sum(path.endswith(("update_many", "create_or_update_many")) and status < 400 for _, path, status in self.log)

    def user(self, **said: Any) -> Row:
        """Add a user."""
        number = said.pop("id", None) or self._next()
        row = {"id": number, "name": f"User {number}", "email": None, "external_id": None, "role": "end-user", "active": True, "tags": []}
        row |= {
            "user_fields": {},
            "created_at": self._moment(),
            "updated_at": self._moment(),
            "url": f"https://shop.example/api/v2/users/{number}.json",
        }
        row |= {"organization_id": None, "phone": None, "locale": "en-US", "suspended": False, "verified": True, "notes": "", "details": ""}
        self.users[number] = row | said
        self._touch("user", number, self._user_order)
        return self.users[number]

    def fill(self, many: int) -> None:
        """Have so many tickets of one requester, without what befell them."""
        requester = self.user(email="ada@shop.example")["id"]
        for number in range(10_000, 10_000 + many):
            self.tickets[number] = {"id": number, "requester_id": requester, "status": "open", "created_at": self._moment(), "tags": []}
            self._touch("ticket", number, self._ticket_order)

    def edit(self, number: int, key: str, value: Any) -> None:
        """Let a person edit a user's field by hand."""
        self._set_fields(self.users[number], {key: value})
        self._touch("user", number, self._user_order)

    def remove(self, number: int) -> None:
        """Let a person delete a user."""
        self.users[number]["active"] = False
        self._touch("user", number, self._user_order)

    def _faulty(self, fault: str, answer: Callable[[], tuple[int, Row, bytes]]) -> tuple[int, Row, bytes]:
        if fault == BEFORE:
            return 500, {}, b"<html>oh no</html>"
        if fault == BUSY:
            return self._said(429, {"error": "APIRateLimitExceeded"}, {"retry-after": "2"})
        if fault == BUSY_PLAIN:
            return 429, {"retry-after": "1", "content-type": "text/plain"}, b"Number of allowed API requests per minute exceeded"
        found = answer()
        if fault == TWICE:
            found = answer()
        if fault == LOST:
            raise NoAnswer
        return (502, {}, b"bad gateway") if fault == AFTER else found

    def _answer(self, method: str, path: str, query: Mapping[str, str], body: Any, headers: Mapping[str, str]) -> tuple[int, Row, bytes]:
        known = base64.b64encode(f"{USER}/token:{TOKEN}".encode()).decode()
        if self.revoked or headers.get("authorization") != f"Basic {known}":
            return self._said(401, {"error": "Couldn't authenticate you"})
        budget = self._budget()
        if budget is None:
            wait = str(60 - int(self.now()) % 60)
            return self._said(429, {"error": "APIRateLimitExceeded"}, {"retry-after": wait})
        status, said = self._routed(method, path.removeprefix("/api/v2"), dict(query), body)
        return self._said(status, said, budget)

    def _budget(self) -> Row | None:
        """Count a request within its minute; None when it is one too many."""
        if not self.limit:
            return {}
        minute = int(self.now()) // 60
        used = self._window[1] if self._window[0] == minute else 0
        if used >= self.limit:
            return None
        self._window = (minute, used + 1)
        left = str(self.limit - used - 1)
        reset = str(60 - int(self.now()) % 60)
        return {"x-rate-limit": str(self.limit), "x-rate-limit-remaining": left, "ratelimit-limit": str(self.limit)} | {
            "ratelimit-remaining": left,
            "ratelimit-reset": reset,
        }

    def _said(self, status: int, said: Any, headers: Row | None = None) -> tuple[int, Row, bytes]:
        return (
            status,
            {"content-type": "application/json; charset=utf-8"} | (headers or {}),
            json.dumps(said).encode() if status != 204 else b"",
        )

    def _routed(self, method: str, path: str, query: Row, body: Any) -> tuple[int, Any]:
        parts = path.strip("/").split("/")
        named = {
            ("GET", "users/show_many"): lambda: self._show_users(query),
            ("PUT", "users/update_many"): lambda: self._job("update", body),
            ("POST", "users/create_or_update_many"): lambda: (
                self._job("create", body) if self.bulk_import else (403, {"error": "Forbidden"})
            ),
            ("POST", "users/create_or_update"): lambda: (200, {"user": self._merged_user(body["user"])}),
            ("GET", "organizations/show_many"): lambda: self._show_organizations(query),
            ("PUT", "organizations/update_many"): lambda: self._job("organizations", {"users": body["organizations"]}),
            ("GET", "users/me"): lambda: (200, {"user": {"id": 1, "role": "admin", "email": USER, "name": "Bot"}}),
            ("GET", "users/search"): lambda: self._search(query),
            ("GET", "job_statuses/show_many"): lambda: self._jobs_shown(query["ids"].split(",")),
            ("GET", "incremental/users/cursor"): lambda: self._export("users", self.users, "user", self._user_order, query),
            ("GET", "incremental/tickets/cursor"): lambda: self._export("tickets", self.tickets, "ticket", self._ticket_order, query),
            ("GET", "incremental/ticket_events"): lambda: self._by_time("ticket_events", self.events, "timestamp", query),
            ("GET", "incremental/ticket_metric_events"): lambda: self._by_time("ticket_metric_events", self.metric_events, "_at", query),
            ("GET", "satisfaction_ratings"): lambda: self._paged("satisfaction_ratings", self.ratings, query),
            ("GET", "search/export"): lambda: self._paged_search(query),
            ("PUT", "tickets/update_many"): lambda: self._touch_many(query, body),
            ("GET", "business_hours/schedules"): lambda: (200, {"schedules": deepcopy(list(self.schedules.values()))}),
        }
        if (method, "/".join(parts)) in named:
            return named[method, "/".join(parts)]()
        if parts[0] == "job_statuses" and len(parts) == 2:
            return (200, {"job_status": self._polled(parts[1])}) if parts[1] in self.jobs else (404, {"error": "RecordNotFound"})
        return self._kept(method, parts, query, body)

    KINDS: Mapping[str, tuple[str, str, str]] = field(
        default_factory=lambda: {
            "users": ("users", "user", "users"),
            "user_fields": ("user_fields", "user_field", "user_fields"),
            "organization_fields": ("organization_fields", "organization_field", "organization_fields"),
            "ticket_fields": ("ticket_fields", "ticket_field", "ticket_fields"),
            "organizations": ("organizations", "organization", "organizations"),
            "groups": ("groups", "group", "groups"),
            "triggers": ("triggers", "trigger", "triggers"),
            "views": ("views", "view", "views"),
            "slas/policies": ("policies", "sla_policy", "sla_policies"),
            "business_hours/schedules": ("schedules", "schedule", "schedules"),
            "tickets": ("tickets", "ticket", "tickets"),
        }
    )

    def _kept(self, method: str, parts: list[str], query: Row, body: Any) -> tuple[int, Any]:
        """Things of one kind: list, show, create, update, delete."""
        kind = "/".join(parts[:2]) if "/".join(parts[:2]) in self.KINDS else parts[0]
        if kind not in self.KINDS:
            return 404, {"error": "InvalidEndpoint"}
        store, one, many = self.KINDS[kind]
        rows: dict[int, Row] = getattr(self, store)
        rest = parts[len(kind.split("/")) :]
        if kind == "business_hours/schedules" and len(rest) > 1:
            return self._hours(method, rows, rest, body)
        if kind == "tickets" and len(rest) > 1:
            return 200, {"comments": rows[int(rest[0])]["_comments"], "count": len(rows[int(rest[0])]["_comments"])}
        if not rest:
            shown = [row for row in rows.values() if query.get("role") in {None, row.get("role")}]
            return self._paged(many, shown, query) if method == "GET" else self._create(kind, one, rows, body[one])
        if not rest[0].isdigit() or int(rest[0]) not in rows:
            return 404, {"error": "RecordNotFound", "description": "Not found"}
        number = int(rest[0])
        if method == "DELETE":
            del rows[number]
            return 204, None
        return self._put(kind, one, rows[number], body) if method == "PUT" else (200, {one: self._shown(rows[number])})

    def _put(self, kind: str, one: str, row: Row, body: Any) -> tuple[int, Any]:
        try:
            self._update(kind, row, body[one])
        except Invalid as error:
            return 422, {"error": "RecordInvalid", "description": str(error)}
        return 200, {one: self._shown(row)}

    def _hours(self, method: str, rows: dict[int, Row], rest: list[str], body: Any) -> tuple[int, Any]:
        """The week and the holidays of a schedule."""
        if int(rest[0]) not in rows:
            return 404, {"error": "RecordNotFound"}
        schedule = rows[int(rest[0])]
        if rest[1] == "workweek":
            schedule["intervals"] = body["workweek"]["intervals"]
            return 200, {"workweek": {"intervals": schedule["intervals"]}}
        if method == "POST":
            schedule["holidays"].append({"id": self._next(), **body["holiday"]})
            return 201, {"holiday": schedule["holidays"][-1]}
        number = int(rest[2])
        day = next((one for one in schedule["holidays"] if one["id"] == number), None)
        if day is None:
            return 404, {"error": "RecordNotFound"}
        if method == "DELETE":
            schedule["holidays"].remove(day)
            return 204, None
        day |= body["holiday"]
        return 200, {"holiday": day}

    def _create(self, kind: str, one: str, rows: dict[int, Row], said: Row) -> tuple[int, Any]:
        if kind == "users":
            if said.get("email") and any(row["email"] == said["email"] for row in rows.values()):
                return 422, {"error": "RecordInvalid", "description": "Record validation errors"}
            known = {name: value for name, value in said.items() if name != "user_fields"}
            row = self.user(**known)
            self._set_fields(row, said.get("user_fields", {}))
            return 201, {"user": self._shown(row)}
        if kind in {"user_fields", "organization_fields"} and any(row["key"] == said["key"] for row in rows.values()):
            return 422, {"error": "RecordInvalid", "description": "Key is taken"}
        number = self._next()
        common = {
            "id": number,
            "created_at": self._moment(),
            "updated_at": self._moment(),
            "url": f"https://shop.example/api/v2/{kind}/{number}.json",
        }
        if kind == "tickets":
            return 201, {"ticket": self._ticket(number, common, said)}
        if kind == "slas/policies" and not said.get("filter"):
            return 422, {"error": "RecordInvalid", "description": "Filter is lacking"}
        rows[number] = common | deepcopy(DEFAULTS.get(kind, {})) | _with_options(said, self._next)
        if kind in {"triggers", "slas/policies"}:
            rows[number].setdefault("position", 0)
            rows[number]["position"] = said.get("position") or max((row["position"] for row in rows.values()), default=0) + 1
        return (200 if kind == "views" else 201), {one: self._shown(rows[number])}

    def _update(self, kind: str, row: Row, said: Row) -> None:
        if kind == "users":
            self._set_fields(row, said.pop("user_fields", {}))
            row.update(said)
            self._touch("user", row["id"], self._user_order)
        elif kind == "tickets":
            self._change_ticket(row, said)
        else:
            there = {option["value"] for option in row.get("custom_field_options", [])}
            if any(option["value"] in there and "id" not in option for option in said.get("custom_field_options", [])):
                raise Invalid("an option of that value is there")
            row.update(_with_options(said, self._next))
            row["updated_at"] = self._moment()

    def _ticket(self, number: int, common: Row, said: Row) -> Row:
        requester = said.get("requester_id") or self._requester(said.get("requester", {}))
        row = common | {"requester_id": requester, "submitter_id": requester, "assignee_id": None, "group_id": None, "status": "new"}
        row |= {"priority": said.get("priority"), "type": said.get("type"), "subject": said.get("subject", ""), "custom_fields": []}
        row |= {
            "tags": [*self.users[requester]["tags"]],
            "via": {"channel": "api"},
            "satisfaction_rating": {"score": "unoffered"},
            "_comments": [],
        }
        row |= {"is_public": True, "description": said.get("comment", {}).get("body", said.get("description", "")), "organization_id": None}
        self.tickets[number] = row
        self._change_ticket(row, said | {"_create": True})
        return self._shown(row)

    def _requester(self, said: Row) -> int:
        found = next((row["id"] for row in self.users.values() if row["email"] == said.get("email")), None)
        return found or self.user(**said)["id"]

    def _change_ticket(self, row: Row, said: Row) -> None:
        """An event of a ticket: what was said, then the rules, then the first policy that fits."""
        created, comment = said.pop("_create", False), said.pop("comment", None)
        fields = {one["id"]: one["value"] for one in row["custom_fields"]} | {
            one["id"]: one["value"] for one in said.pop("custom_fields", [])
        }
        row.update({name: value for name, value in said.items() if name not in {"requester", "custom_fields", "updater_id"}})
        if comment:
            author = comment.get("author_id", row["requester_id"])
            row["_comments"].append(
                {"id": self._next(), "type": "Comment", "body": comment["body"], "public": comment.get("public", True), "author_id": author}
                | {"created_at": self._moment()}
            )
        row["custom_fields"] = [{"id": number, "value": value} for number, value in fields.items()]
        for rule in sorted(self.triggers.values(), key=lambda one: one.get("position") or 0):
            if rule.get("active", True) and self._fits(rule["conditions"], row, created=created):
                self._act(rule["actions"], row)
        policies = sorted(self.policies.values(), key=lambda one: one.get("position") or 0)
        row["_policy"] = next((one["id"] for one in policies if self._fits(one["filter"], row, created=created)), None)
        row["updated_at"] = self._moment()
        by = comment.get("author_id", row["requester_id"]) if comment else said.get("updater_id", row["requester_id"])
        children = [{"event_type": "Create", "status": row["status"]}] if created else []
        children += [
            {"event_type": "Change", name: said[name]} for name in ("status", "assignee_id", "priority") if name in said and not created
        ]
        if comment:
            children.append({"event_type": "Comment", "public": comment.get("public", True), "author_id": by, "body": comment["body"]})
        self.events.append(
            {"id": self._next(), "ticket_id": row["id"], "timestamp": self._seconds(), "updater_id": by}
            | {"child_events": [{"id": self._next(), "via": "Web", **child} for child in children]}
            | {"created_at": self._moment(), "event_type": "Audit"}
        )
        self._touch("ticket", row["id"], self._ticket_order)

    def _fits(self, conditions: Row, row: Row, *, created: bool) -> bool:
        every, some = conditions.get("all") or [], conditions.get("any") or []
        found = [self._holds(one, row, created=created) for one in every]
        return all(found) and (not some or any(self._holds(one, row, created=created) for one in some))

    def _holds(self, one: Row, row: Row, *, created: bool) -> bool:
        name, operator, value = one["field"], one["operator"], one.get("value")
        if name == "update_type":
            return (value == "Create") == created
        if name.startswith("custom_fields_"):
            found = next((each["value"] for each in row["custom_fields"] if each["id"] == int(name.removeprefix("custom_fields_"))), None)
        elif name.startswith("requester.custom_fields."):
            found = self.users[row["requester_id"]]["user_fields"].get(name.removeprefix("requester.custom_fields."))
        elif name == "current_tags":
            shares = bool(set(str(value).split()) & set(row["tags"]))
            return shares if operator == "includes" else not shares
        else:
            found = row.get(name)
        if operator == "less_than":
            order = ("new", "open", "pending", "hold", "solved", "closed")
            return order.index(str(found)) < order.index(str(value))
        if operator in {"present", "not_present"}:
            return (found not in {None, ""}) == (operator == "present")
        same = str(found or "") == str(value or "")
        return same if operator == "is" else not same

    def _act(self, actions: list[Row], row: Row) -> None:
        for one in actions:
            name, value = one["field"], one["value"]
            if name.startswith("custom_fields_"):
                number = int(name.removeprefix("custom_fields_"))
                row["custom_fields"] = [each for each in row["custom_fields"] if each["id"] != number] + [
                    {"id": number, "value": value or None}
                ]
                row["tags"] = sorted({*row["tags"], *([value] if value and self.ticket_fields[number]["type"] == "tagger" else [])})
            elif name in {"current_tags", "set_tags"}:
                row["tags"] = sorted({*row["tags"], *str(value).split()})
            else:
                row[name] = value

    def _set_fields(self, row: Row, said: Row) -> None:
        """Set a user's fields; a drop-down takes its options alone, and its tag goes with it."""
        by_key = {one["key"]: one for one in self.user_fields.values()}
        for key, value in said.items():
            if key not in by_key:
                continue  # Zendesk says nothing of fields that it does not know
            options = [one["value"] for one in by_key[key].get("custom_field_options", [])]
            if by_key[key]["type"] == "dropdown":
                if value and value not in options:
                    raise Invalid(f"{key} is not one of its options")
                row["tags"] = [one for one in row["tags"] if one not in options] + ([value] if value else [])
            row["user_fields"][key] = value or None
        row["updated_at"] = self._moment()

    def _set_organization_fields(self, row: Row, said: Row) -> None:
        known = {
            one["key"]: [option["value"] for option in one.get("custom_field_options", [])] for one in self.organization_fields.values()
        }
        for key, value in said.items():
            if key in known and known[key] and value and value not in known[key]:
                raise Invalid(f"{key} is not one of its options")
            if key in known:
                row["organization_fields"][key] = value or None

    def _show_users(self, query: Row) -> tuple[int, Any]:
        if "external_ids" in query:
            wanted = set(query["external_ids"].split(","))
            return 200, {"users": [self._shown(row) for row in self.users.values() if row["external_id"] in wanted and row["active"]]}
        numbers = [int(one) for one in query["ids"].split(",") if one]
        if len(numbers) > MOST_BATCH:
            return 400, {"error": "TooManyValues"}
        self._run_jobs()
        return 200, {"users": [self._shown(self.users[one]) for one in numbers if one in self.users and self.users[one]["active"]]}

    def organization(self, name: str, **said: Any) -> Row:
        """Add an organisation."""
        number = said.pop("id", None) or self._next()
        row = {"id": number, "name": name, "external_id": None, "organization_fields": {}, "domain_names": [], "tags": []}
        self.organizations[number] = row | {"created_at": self._moment(), "updated_at": self._moment()} | said
        return self.organizations[number]

    def _show_organizations(self, query: Row) -> tuple[int, Any]:
        numbers = [int(one) for one in query["ids"].split(",") if one]
        self._run_jobs()
        return 200, {"organizations": [self._shown(self.organizations[one]) for one in numbers if one in self.organizations]}

    def _search(self, query: Row) -> tuple[int, Any]:
        word = str(query.get("query") or query.get("external_id") or "").removeprefix("email:")
        found = [row for row in self.users.values() if row["active"] and word in {row["email"], row["external_id"]}]
        return 200, {"users": [self._shown(row) for row in found], "count": len(found), "next_page": None, "previous_page": None}

    def _paged_search(self, query: Row) -> tuple[int, Any]:
        """Open tickets without a tag; no more of its language is known here."""
        lacking = query["query"].partition("-tags:")[2]
        open_ones = [row for row in self.tickets.values() if row["status"] not in {"solved", "closed"} and lacking not in row["tags"]]
        status, said = self._paged("results", open_ones, query)
        return status, said

    def _touch_many(self, query: Row, body: Any) -> tuple[int, Any]:
        number = f"{self._next():032x}"
        for one in query["ids"].split(","):
            row = self.tickets[int(one)]
            self._change_ticket(row, {"tags": sorted({*row["tags"], *body["ticket"]["additional_tags"]})})
        self.jobs[number] = {"action": "touch", "users": [], "polls": 0, "results": [], "lost": False}
        return 200, {"job_status": self._job_shown(number, ended=False)}

    def _job(self, action: str, body: Any) -> tuple[int, Any]:
        if len(body["users"]) > MOST_BATCH:
            return 400, {"error": "TooManyValues", "description": f"at most {MOST_BATCH}"}
        number = f"{self._next():032x}"
        self.jobs[number] = {"action": action, "users": body["users"], "polls": 0, "results": None, "lost": self.lose_jobs(len(self.jobs))}
        if not self.job_polls:
            self._run_jobs()
        return 200, {"job_status": self._job_shown(number, ended=False)}

    def _run_jobs(self) -> None:
        """Do whatever is queued, in its order."""
        for job in self.jobs.values():
            if job["results"] is None and job["polls"] >= self.job_polls:
                job["results"] = [self._done(job["action"], at, said) for at, said in enumerate(job["users"])]

    def _done(self, action: str, at: int, said: Row) -> Row:
        """The result of one row of a job, in the shape that the description has for it."""
        told = {"index": at} if action == "create" else {"id": int(said["id"]), "action": "update"}
        try:
            if action == "create":
                return {"id": self._merged_user(said)["id"], "index": at, "status": "Created"}
            if action == "organizations" and int(said["id"]) in self.organizations:
                self._set_organization_fields(self.organizations[int(said["id"])], said["organization_fields"])
                return told | {"status": "Updated", "success": True}
            row = self.users.get(int(said["id"]))
            if row is None or not row["active"]:
                return told | {"error": "UserNotFound", "details": "gone", "success": False, "status": "Failed"}
            self._set_fields(row, said.get("user_fields", {}))
        except Invalid as error:
            return told | {"error": f"User{action.capitalize()}Error", "details": str(error), "success": False, "status": "Failed"}
        self._touch("user", row["id"], self._user_order)
        return told | {"status": "Updated", "success": True}

    def _merged_user(self, said: Row) -> Row:
        """The user of that external id or e-mail, who is made if nobody is."""
        found = next((row for row in self.users.values() if said.get("external_id") and row["external_id"] == said["external_id"]), None)
        found = found or next((row for row in self.users.values() if said.get("email") and row["email"] == said["email"]), None)
        known = {name: said[name] for name in ("name", "email", "external_id", "role") if name in said}
        row = found or self.user(**known)
        row.update(known)
        self._set_fields(row, said.get("user_fields", {}))
        self._touch("user", row["id"], self._user_order)
        return row

    def _jobs_shown(self, numbers: list[str]) -> tuple[int, Any]:
        for number in numbers:
            if number in self.jobs:
                self.jobs[number]["polls"] += 1
        self._run_jobs()
        return 200, {"job_statuses": [self._job_shown(one) for one in numbers if one in self.jobs and not self.jobs[one]["lost"]]}

    def _polled(self, number: str) -> Row:
        self.jobs[number]["polls"] += 1
        self._run_jobs()
        return self._job_shown(number)

    def _job_shown(self, number: str, *, ended: bool = True) -> Row:
        job = self.jobs[number]
        done = job["results"] is not None and ended
        results = [one for at, one in enumerate(job["results"] or []) if not self.drop_results(at)] if done else None
        shown = {"id": number, "job_type": "Bulk Update User", "status": "completed" if done else "queued", "total": len(job["users"])}
        return shown | {
            "progress": len(job["users"]) if done else 0,
            "message": None,
            "results": results,
            "url": f"https://shop.example/api/v2/job_statuses/{number}.json",
        }

    def _export(self, many: str, rows: dict[int, Row], kind: str, order: list[tuple[int, int]], query: Row) -> tuple[int, Any]:
        self._run_jobs()
        start, found, at = int(query.get("cursor") or 0), [], 0
        for at in range(start, len(order)):
            version, number = order[at]
            if self._versions[kind, number] == version and number in rows:
                found.append(self._shown(rows[number]))
            if len(found) == int(query.get("per_page", EXPORT)):
                break
        end = at + 1 if len(order) > start else start
        after = str(end)
        return 200, {many: found, "after_cursor": after, "before_cursor": None, "before_url": None, "end_of_stream": end >= len(order)} | {
            "after_url": f"https://shop.example/api/v2/incremental/{many}/cursor.json?cursor={after}"
        }

    def _by_time(self, many: str, rows: list[Row], key: str, query: Row) -> tuple[int, Any]:
        since = int(query.get("start_time", 0))
        found = [row for row in rows if row[key] >= since]
        page = found[:EXPORT]
        while len(page) < len(found) and found[len(page)][key] == page[-1][key]:
            page.append(found[len(page)])  # what happened in one second stays together
        end = page[-1][key] + 1 if page else since
        shown = [{name: value for name, value in row.items() if not name.startswith("_")} for row in page]
        done = len(page) == len(found)
        return 200, {many: shown, "count": len(page), "end_time": end, "end_of_stream": done} | {
            "next_page": f"https://shop.example/api/v2/incremental/{many}.json?start_time={end}"
        }

    def _paged(self, many: str, rows: list[Row], query: Row) -> tuple[int, Any]:
        size, page = int(query.get("per_page", 100)), int(query.get("page", 1))
        if "page[size]" in query:
            start = int(query.get("page[after]") or 0)
            size = int(query["page[size]"])
            more = start + size < len(rows)
            meta = {"has_more": more, "after_cursor": str(start + size), "before_cursor": str(start)}
            return 200, {
                many: [self._shown(row) for row in rows[start : start + size]],
                "meta": meta,
                "links": {"next": None, "prev": None},
            }
        here = rows[(page - 1) * size : page * size]
        more = page * size < len(rows)
        return 200, {many: [self._shown(row) for row in here], "count": len(rows), "previous_page": None} | {
            "next_page": f"https://shop.example/api/v2/{many}.json?page={page + 1}" if more else None
        }

    def _shown(self, row: Row) -> Row:
        return {name: value for name, value in row.items() if not name.startswith("_")}

    def _touch(self, kind: str, number: int, order: list[tuple[int, int]]) -> None:
        version = self._versions.get((kind, number), 0) + 1
        self._versions[kind, number] = version
        order.append((version, number))

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _seconds(self) -> int:
        return int((START + timedelta(seconds=self.now())).timestamp())

    def _moment(self) -> str:
        return (START + timedelta(seconds=self.now())).isoformat().replace("+00:00", "Z")


class Invalid(Exception):
    """A value that a field does not take."""


DEFAULTS: Mapping[str, Row] = {
    "triggers": {"active": True, "position": 0, "description": ""},
    "views": {"active": True, "position": 0, "description": ""},
    "user_fields": {"active": True, "position": 0, "description": ""},
    "organization_fields": {"active": True, "position": 0, "description": ""},
    "ticket_fields": {"active": True, "position": 0, "description": ""},
    "slas/policies": {"position": 0, "description": "", "policy_metrics": []},
    "business_hours/schedules": {
        "intervals": [{"start_time": day * 1440 + 540, "end_time": day * 1440 + 1020} for day in range(1, 6)],
        "holidays": [],
    },
}


def _with_options(said: Row, number: Callable[[], int]) -> Row:
    """Options get numbers of their own."""
    if "custom_field_options" not in said:
        return dict(said)
    return said | {"custom_field_options": [{"id": one.get("id") or number(), **one} for one in said["custom_field_options"]]}


@dataclass
class Local(httpx.BaseTransport):
    """Hands the requests of an httpx client to a server in this process."""

    server: ZendeskServer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or break the connection."""
        body = json.loads(request.read() or b"null")
        try:
            status, headers, said = self.server.handle(
                request.method,
                request.url.path,
                dict(request.url.params),
                body,
                {name.lower(): text for name, text in request.headers.items()},
            )
        except NoAnswer:
            raise httpx.ReadTimeout("no answer", request=request) from None
        return httpx.Response(status, headers={name: str(text) for name, text in headers.items()}, content=said, request=request)
