"""Proposing a file that no preset knows: by its headers, and by what its values show."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from duecare.sources.contract import CONTRACT, Table
from duecare.sources.evidence import trust
from duecare.sources.headers import SURE, understand, words_of
from duecare.sources.inputs import Input
from duecare.sources.matching import Match, choose
from duecare.sources.proposals import Proposed
from duecare.sources.sampling import ROWS, Sample, codes
from duecare.sources.units import units_of

Lines = Literal["add", "repeat"]

LEAST = 3.6
"""A match worth less is none."""


def by_headers(one: Sample, place: str) -> list[Proposed]:
    """Propose the tables that a file may feed; none when its headers say too little."""
    own = own_table(one)
    if own is not None:
        return [_proposed(one, own, place)]
    matches = [
        match
        for match in choose(one.headers, one.seen, f"{one.inner} {Path(place).parent.name}")
        if match.worth > LEAST or not match.lacking
    ]
    if not matches or len(matches[0].mapped) < 2 or matches[0].worth <= LEAST - 1.5:
        return []
    best = matches[0]
    by_name = {match.table.name: match for match in choose(one.headers, one.seen, one.inner)}
    chosen = [best]
    lines = _lines(one, by_name) if best.table.name in ("orders", "order_lines") else None
    if lines is not None:
        chosen = [
            _line_match(by_name, lines) if name == "order_lines" else by_name[name]
            for name in ("orders", "order_lines")
            if not set(by_name[name].lacking) - {"source_id"}
        ]
    made = [_proposed(one, match, place, lines=lines if match.table.name == "orders" else None) for match in chosen]
    doubt = _table_doubt(matches)
    made = [replace(proposed, marks={**doubt, **proposed.marks}) for proposed in made]
    return [*made, *_people_too(one, best, by_name, place), *_surveys_too(one, best, by_name, place)]


STRANGE = 0.2
"""The share of headers unknown to the contract that its own table may have."""


def own_table(one: Sample) -> Match | None:
    """Match a file that bears the contract's own words: every required column, and hardly any other header."""
    by_fold = {header.casefold(): header for header in one.headers}
    fits = [table for table in CONTRACT.values() if _owns(table, by_fold, one)]
    if not fits:
        return None
    table = max(fits, key=lambda fit: (sum(name in by_fold for name in names(fit)), fit.name in one.inner.casefold()))
    mapped = {name: by_fold[name] for name in names(table) if name in by_fold}
    return Match(table=table, mapped=mapped, marks={}, perhaps={}, lacking=(), worth=float(len(mapped)))


def names(table: Table) -> tuple[str, ...]:
    """Name the columns of *table*, in the contract's order."""
    return tuple(column.name for column in table.columns)


def _owns(table: Table, by_fold: Mapping[str, str], one: Sample) -> bool:
    said = [name for name in names(table) if name in by_fold]
    needed = [name for name in table.required if name != "source"]
    enough = len(said) >= max(2, (1 - STRANGE) * len(by_fold)) and all(name in said for name in needed)
    return enough and all(trust(table.column(name), one.seen[by_fold[name]]) > 0 for name in said)


PLAIN_ENOUGH = 5.0
"""A table of less worth bears a mark."""
CLOSE = 2.6
"""Two tables whose worth differs by less may be taken for each other."""


def _table_doubt(matches: Sequence[Match]) -> dict[str, str]:
    """Say it where another table would take the file nearly as well."""
    best = matches[0]
    kin = {best.table.name} | ({"orders", "order_lines"} if best.table.name in ("orders", "order_lines") else set[str]())
    rivals = [match.table.name for match in matches[1:] if match.table.name not in kin and match.worth > best.worth - CLOSE]
    if rivals:
        return {"table": f"its headers would also make {rivals[0]}"}
    return {"table": "few of its headers tell what it is"} if best.worth < PLAIN_ENOUGH else {}


def _lines(one: Sample, by_name: Mapping[str, Match]) -> Lines | None:
    """Whether rows are lines of orders, and whether their money adds up or repeats the order's."""
    orders, lines = by_name.get("orders"), by_name.get("order_lines")
    if orders is None or lines is None or lines.lacking or set(orders.lacking) - {"source_id"} or "order_id" not in orders.mapped:
        return None
    seen = one.seen[orders.mapped["order_id"]]
    if seen.count and seen.distinct == seen.count:
        return "add" if _one_line_each(lines) else None
    return "repeat" if _repeats(one, orders.mapped["order_id"], orders.mapped["revenue"]) else "add"


def _one_line_each(lines: Match) -> bool:
    """Whether an order that stands in one row tells which product that was, and how many."""
    return min(lines.sure.get("product_id", 0.0), lines.sure.get("quantity", 0.0)) >= SURE and "product_id" in lines.mapped


def _repeats(one: Sample, order: str, revenue: str) -> bool:
    """Whether all rows of an order bear the same sum, or only one does."""
    if revenue not in one.values:
        return False
    sums: dict[str, list[str]] = {}
    for number, amount in zip(one.values[order], one.values[revenue], strict=True):
        sums.setdefault(number or "", []).append((amount or "").strip())
    several = [found for number, found in sums.items() if number and len(found) > 1]
    if several:
        return sum(len(set(found) - {""}) <= 1 for found in several) >= 0.9 * len(several)
    return "ORDER" in understand(revenue).ideas


def _line_match(by_name: Mapping[str, Match], lines: Lines) -> Match:
    """Where the sum is the order's, a line needs another amount."""
    match, orders = by_name["order_lines"], by_name["orders"]
    if match.mapped["amount"] != orders.mapped["revenue"]:
        return match
    if lines == "add":
        return replace(match, marks={"amount": "the same money makes the order's revenue", **match.marks})
    return replace(match, mapped={k: v for k, v in match.mapped.items() if k != "amount"}, lacking=("amount",))


def _proposed(one: Sample, match: Match, place: str, *, lines: Lines | None = None) -> Proposed:
    table = match.table
    columns, marks = dict(match.mapped), dict(match.marks)
    perhaps = dict(match.perhaps)
    constants, why = _constants(match, one)
    columns |= constants
    marks |= why
    if table.name == "orders" and "order_id" not in columns:
        marks["order_id"] = "there is no order number, so each row is one order and gets a number of its own"
    if table.name == "contacts" and "contact_id" not in columns:
        marks["contact_id"] = "there is no number of the contact, so each row is one and gets a number of its own"
    if table.name == "orders":
        marks |= _money_marks(match, one)
    units, more = units_of(match, one)
    made = Input(
        name=table.name,
        path=place,
        table=table.name,
        columns={column.name: columns[column.name] for column in table.columns if column.name in columns},
        lines=lines,
        currency=units.currency,
        decimal=units.decimal,
    )
    used = {part for said in (*columns.values(), *perhaps.values()) for part in (said, *said.split(" * "))}
    left = {header: _left_why(header) for header in one.headers if header not in used}
    if lines is not None:
        marks["lines"] = "an order stands in several rows; " + ("their money adds up" if lines == "add" else "all repeat its sum")
    return Proposed(
        input=made,
        marks=marks | more,
        perhaps=perhaps,
        left_out=left,
        lacking=match.lacking,
        notes=tuple(_traps(match, one)),
        ids=_ids(match, one),
        currencies=(frozenset({units.currency}) if units.currency else frozenset[str]()) | codes(one, match.mapped.get("currency")),
    )


def _ids(match: Match, one: Sample) -> frozenset[str]:
    who = match.mapped.get("source_id")
    return frozenset(value for value in one.values[who] if value) if who is not None else frozenset()


def _constants(match: Match, one: Sample) -> tuple[dict[str, str], dict[str, str]]:
    """Required words that no column gives: the channel of a help desk, the kind of a survey."""
    if match.table.name == "contacts" and "channel" not in match.mapped:
        return {"channel": "=unknown"}, {"channel": "no column tells the channel"}
    if match.table.name == "surveys" and "kind" not in match.mapped:
        kind = _survey_kind(match, one)
        return {"kind": f"={kind}"}, {"kind": f"no column tells the kind of survey; {kind} is assumed"}
    if match.table.name == "entitlements" and "kind" not in match.mapped:
        return {"kind": "=bought"}, {"kind": "no column tells whether it was bought or contracted"}
    return {}, {}


def _survey_kind(match: Match, one: Sample) -> str:
    ideas = {idea for header in (*one.headers, Path(one.inner).stem) for idea in understand(header).ideas}
    for idea in ("NPS", "CES", "CSAT"):
        if idea in ideas:
            return idea.lower()
    score = match.mapped.get("score")
    high = one.seen[score].high if score is not None else None
    return "nps" if high is not None and high > 5 else "csat"


def _money_marks(match: Match, one: Sample) -> dict[str, str]:
    """Say it where revenue holds more than goods."""
    header = match.mapped.get("revenue")
    if header is None or "revenue" in match.marks:
        return {}
    if {"SUBTOTAL", "NET"} & set(understand(header).ideas):
        return {}
    apart = [idea.lower() for idea in ("TAX", "SHIPPING") if any(idea in understand(other).ideas for other in one.headers)]
    return {"revenue": f"it may hold {' and '.join(apart)}, which the file names apart"} if apart else {}


def _left_why(header: str) -> str:
    said = understand(header)
    return "the contract has no column for it" if said.ideas else "its words are not known"


def _traps(match: Match, one: Sample) -> list[str]:
    """A number that is another one for every order names no person."""
    who = match.mapped.get("source_id")
    if match.table.name != "orders" or who is None or one.seen[who].count < 50 or not one.seen[who].unique:
        return []
    others = [header for header in one.headers if header != who and "CUSTOMER" in understand(header).ideas and not one.seen[header].unique]
    hint = f"; perhaps {others[0]!r} names the person" if others else "; check whether another column or file names the person"
    seen = one.seen[who].count
    where = "" if seen < ROWS else f" in the first {seen} rows; if that holds for all"
    return [f"source_id = {who!r} is different for every order{where}: value per customer cannot be learned{hint}"]


def _people_too(one: Sample, best: Match, by_name: Mapping[str, Match], place: str) -> list[Proposed]:
    """A file of orders or contacts that also tells who the people are feeds them too."""
    people, who = by_name.get("people"), best.mapped.get("source_id")
    if people is None or who is None or best.table.name in ("people", "agents"):
        return []
    told = {
        name: header
        for name, header in people.mapped.items()
        if name not in ("source_id", "created_at", "source") and people.sure.get(name, 0) > 0.75
    }
    if not set(told) & {"name", "given_name", "family_name", "email", "phone", "loyalty_id", "street", "username"}:
        return []
    marks = {name: "it may tell of something else than the person" for name, header in told.items() if not _of_person(header)}
    marks |= {name: why for name, why in people.marks.items() if name in told}
    match = replace(people, mapped={"source_id": who, **told}, marks=marks, perhaps={}, lacking=())
    marks = {**marks, "source_id": f"as in {best.table.name}; of several rows of one person the last holds"}
    return [_besides(_proposed(one, match, place), best, marks)]


def _of_person(header: str) -> bool:
    """Whether a header says itself that it is about the person: a bare `City` in a list of tickets may be the place of the fault."""
    if {"user", "users", "utilisateur", "usuario"} & set(words_of(header)):
        return False  # may as well be one of the company
    return bool({"CUSTOMER", "CONTACT", "BILLING", "FIRSTNAME", "LASTNAME", "EMAIL", "LOYALTY", "BIRTH"} & set(understand(header).ideas))


def _surveys_too(one: Sample, best: Match, by_name: Mapping[str, Match], place: str) -> list[Proposed]:
    """A file of contacts in which customers also say how satisfied they were feeds surveys too."""
    surveys, who = by_name.get("surveys"), best.mapped.get("source_id")
    score = surveys.mapped.get("score") if surveys is not None else None
    if surveys is None or score is None or best.table.name != "contacts":
        return []
    own = surveys.mapped.get("at", "")
    answered = own if {"SURVEY", "SUBMITTED"} & set(understand(own).ideas) and own not in best.mapped.values() else None
    moment = answered or best.mapped.get("resolved_at", best.mapped.get("opened_at"))
    if moment is None or not {"NPS", "CSAT", "CES", "SATISFACTION", "SURVEY"} & set(understand(score).ideas):
        return []
    told = {"comment": surveys.mapped["comment"]} if surveys.sure.get("comment", 0) > SURE else {}
    numbered = {"contact_id": best.mapped["contact_id"]} if "contact_id" in best.mapped else {}
    named = {"source_id": who} if who is not None else {}
    mapped = {**named, "at": moment, "score": score, **numbered, **told}
    match = replace(surveys, mapped=mapped, marks={}, perhaps={}, lacking=())
    made = _proposed(one, match, place)
    marks = {**made.marks, **({"source_id": "as in contacts"} if named else {})}
    marks["at"] = "it fits, but not beyond doubt" if answered else "no column tells when they answered, so the contact's own time stands in"
    return [_besides(made, best, {**marks, **dict.fromkeys(("score", *told), "it fits, but not beyond doubt")})]


def _besides(made: Proposed, best: Match, marks: Mapping[str, str]) -> Proposed:
    lacking = best.lacking if "source_id" in best.lacking else ()
    return replace(made, marks={**made.marks, **marks}, left_out={}, besides=True, lacking=lacking)
