"""Sentences: what the figures come to, said in one line each. No figure stands here that a run did not work out."""

from collections.abc import Mapping
from typing import Any

from duecare.app.report.said import Row, Said
from duecare.app.report.wording import capital, count, listed, many, percent, round_percent

CLAIMS = {
    "revenue_10": "the top 10 % make {yours} of revenue; the documents say {theirs}",
    "profit_100": "{yours} of customers make 100 % of {profit}; the documents say {theirs}",
    "social_40": "customers who write on social networks spend {yours} more than others; the documents say up to 40 %",
    "complainers_20": "customers who complain on social networks spend {yours} more than others; the documents say {theirs}",
}
"""How each claim of the documents is answered by one's own number."""


def headline(facts: Mapping[str, Any]) -> str:
    """Say in one sentence how unequal the customers are, or why that cannot be said."""
    said = Said(facts)
    top, everything = said.yours("revenue_10"), said.yours("profit_100")
    if not said.customers:
        return "The run found no customers."
    if not said.bought:
        return f"{capital(many(said.customers, 'customer'))}, and none with an order that counts: what they are worth cannot be said."
    if top is None:
        return f"{many(said.bought, 'customer')} bought, too few or with too little revenue to tell a top tenth."
    begin = f"The top 10 % of customers who bought make {percent(top)} of revenue"
    if everything is None:
        return f"{begin}; together they bring no {said.marked('profit')}."
    return f"{begin}, and it takes {percent(everything)} of them to make all the {said.marked('profit')}."


def lead(said: Said) -> str:
    """Say whom and what the report is about."""
    records = int(said.part("identity").get("records") or 0)
    known = f"{many(said.customers, 'customer')}, known from {many(records, 'source record')}"
    if not said.bought:
        return f"{known}."
    money = said.money.spoken(said.total("revenue"))
    return f"{known}; {count(said.bought)} of them bought, in {many(said.total('orders') or 0, 'order')} that brought {money}."


def claim(said: Said, one: Row) -> str:
    """Answer one claim of the documents."""
    yours, theirs = one.get("yours"), round_percent(one["low"], one["high"])
    if yours is None:
        few = f"; {many(one['customers'][0], 'such customer')} here, too few to tell" if one.get("customers") else ""
        return f"{one['says']}, say the documents{few}"
    words = CLAIMS.get(str(one.get("name")), f"{one['says']}: {{yours}} here; the documents say {{theirs}}")
    answer = words.format(yours=percent(yours), theirs=theirs, profit=said.marked("profit"))
    return f"{answer} ({sure(one)})" if one.get("interval_99") else answer


def sure(one: Row) -> str:
    """Say between what a claim's number lies, and over how many customers."""
    low, high = one["interval_99"]
    between = f"99 % sure: {percent(low)} to {percent(high)}"
    return f"{between}; {count(one['customers'][0])} against {count(one['customers'][1])} customers" if one.get("customers") else between


def judgement(one: Row) -> str:
    """Say whether a claim of the documents holds on these customers."""
    if one.get("holds") is None or one.get("yours") is None:
        return "cannot be said here"
    if one["holds"]:
        return "holds here"
    return "does not hold: higher here" if one["yours"] > one["high"] else "does not hold: lower here"


def whale(said: Said, found: Row) -> str:
    """Say where all the profit is made, and how much of it is given away again."""
    profit = said.marked("profit")
    make = f"{percent(found['all_at'])} of customers who bought make all the {profit}"
    if not found["losing"]:
        return f"{make}; nobody costs more than they bring."
    lose = f"{percent(found['losing'])} cost more than they bring"
    if found["peak"] < 1.0005:
        return f"{make}; {lose}."
    return f"{make}; the curve peaks at {percent(found['peak'])} and falls again, for {lose}."


def percentiles(said: Said, rows: Row) -> str:
    """Say what the top tenth holds of revenue, profit and CLV."""
    names = {"revenue": "revenue", "profit": said.marked("profit"), "clv": said.marked("CLV")}
    tops = {names[key]: next((one["share"] for one in rows.get(key) or () if one["top"] == 0.1), None) for key in names}
    told = [f"{percent(part)} of {name}" for name, part in tops.items() if part is not None]
    return f"The top tenth by each measure hold {listed(told)}." if told else "The shares of the top cannot be said."


def best_class(said: Said, rows: Row) -> str:
    """Say how many customers are in the best RFM class, and what they brought."""
    best, revenue = rows.get("111"), said.total("revenue")
    bought = sum(int(row["customers"]) for row in rows.values())
    if best is None:
        return "Nobody is in the best class, 111."
    part = f" and brought {percent(best['revenue'] / revenue)} of revenue" if revenue and revenue > 0 else ""
    return f"{many(best['customers'], 'customer is', 'customers are')} in the best class, 111: {percent(best['customers'] / bought)} of those who bought{part}."


def first_tier(said: Said, shares: Mapping[str, float | None]) -> str:
    """Say how large the first tier is and what it holds of the money."""
    tier = said.tiers[0]
    if not tier["customers"]:
        return f"Nobody is in {tier['tier']}."
    held = [f"{percent(part)} of {name}" for name, part in shares.items() if name != "customers" and part is not None]
    return f"{tier['tier']} is {percent(shares['customers'])} of customers{' and holds ' if held else ''}{listed(held)}."


def moves(said: Said) -> str:
    """Say how many customers the plan would move, and which way."""
    plan = said.part("plan")
    everyone, ways = int(plan.get("customers") or 0), _ways(said)
    if set(ways) <= {FIRST}:
        return f"This is the first plan: it would give all {count(everyone)} customers their tier."
    moved = [f"{count(n)} {way}" for way, n in ways.items() if n and way != STAY]
    return f"{count(plan.get('movers'))} of {count(everyone)} customers would move{': ' if moved else ''}{', '.join(moved)}."


UP, DOWN, FIRST, GONE, STAY = "up", "down", "for the first time", "out of a tier that is no more", "stay"


def _ways(said: Said) -> dict[str, int]:
    """How many customers go which way."""
    rank = {tier["tier"]: at for at, tier in enumerate(said.tiers)}
    ways: dict[str, int] = dict.fromkeys((UP, DOWN, FIRST, GONE, STAY), 0)
    for row in said.part("plan").get("by_tier") or ():
        ways[_way(rank, row["tier_before"], row["tier"])] += int(row["customers"])
    return {way: n for way, n in ways.items() if n}


def _way(rank: Mapping[str, int], before: str | None, after: str) -> str:
    if before is None or before == after:
        return FIRST if before is None else STAY
    return GONE if before not in rank or after not in rank else UP if rank[after] < rank[before] else DOWN


def who_is_who(said: Said) -> str:
    """Say how many records became how many customers."""
    identity = said.part("identity")
    records, customers = int(identity["records"]), int(identity["customers"])
    if records == customers:
        return f"{many(records, 'source record')} are as many customers: no two were found to be the same."
    return f"{many(records, 'source record')} are {many(customers, 'customer')}: {records / max(customers, 1):.2f} records for each."


def rows_used(said: Said) -> str:
    """Say how much of the data could be used."""
    read, aside = (sum(int(one[key]) for one in said.rows("inputs")) for key in ("rows_read", "rows_aside"))
    if not read:
        return "No rows were read."
    if not aside:
        return f"All {count(read)} rows that were read could be used."
    return f"{percent(1.0 - aside / read)} of {count(read)} rows could be used; {count(aside)} were set aside, each with its reason."
