"""Matching: which table a file is, and which header is which column, with what remains in doubt.

One header for one column, chosen together so that the whole fits best. A clear winner is mapped;
a close or weak one stays a `perhaps`. Required columns take a weaker winner, with a visible mark.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from duecare.sources.contract import CONTRACT, Column, Table
from duecare.sources.evidence import Evidence, trust
from duecare.sources.headers import MOMENT_ENDS, SURE, patterns, sureness, understand, words_of
from duecare.sources.worth import worth_of

WEAK = 0.4
"""Below this a header is not even a perhaps."""
MARKED = 0.9
"""A mapping less sure than this bears a mark."""
MARGIN = 0.25
"""A winner this close to the next best bears a mark."""
NEEDED = 0.5
"""A required column takes a winner from here on, with a mark."""

EMPTY = 0.89
"""What a column without a value is worth beside one with values."""

MADE: Mapping[str, frozenset[str]] = {
    "orders": frozenset({"source", "order_id"}),
    "contacts": frozenset({"source", "channel", "contact_id"}),
    "surveys": frozenset({"source", "kind"}),
    "entitlements": frozenset({"source", "kind"}),
}
"""Required columns that can be made when no header gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How the headers of a file make one table."""

    table: Table
    mapped: Mapping[str, str]
    marks: Mapping[str, str]
    """Mapped column -> why it is not beyond doubt."""
    perhaps: Mapping[str, str]
    lacking: tuple[str, ...]
    """Required columns that no header gives and nothing can make."""
    worth: float
    """How well the file is this table; compared among tables only."""
    sure: Mapping[str, float] = field(default_factory=dict[str, float])


def match(table: Table, headers: Sequence[str], seen: Mapping[str, Evidence], about: frozenset[str]) -> Match:
    """Fit headers to the columns of *table*.

    Args:
        table: of the contract.
        headers: of the file.
        seen: what the values of each show.
        about: ideas in the file's name.
    """
    names = [column.name for column in table.columns if column.name in patterns()[table.name]]
    placed = any({"CITY", "POSTCODE"} & set(understand(header).ideas) for header in headers)
    scores = [
        [0.0 if placed and name == "status" and _a_region(header) else _score(table, name, header, seen[header]) for header in headers]
        for name in names
    ]
    chosen = _assign(scores)
    mapped: dict[str, str] = {}
    marks: dict[str, str] = {}
    perhaps: dict[str, str] = {}
    sure: dict[str, float] = {}
    for row, name in enumerate(names):
        place = chosen.get(row)
        best = scores[row][place] if place is not None else 0.0
        if place is None or best < WEAK:
            continue
        rival = _rival(row, place, scores, chosen)
        need = NEEDED if name in table.required and name not in MADE.get(table.name, ()) else SURE
        sure[name] = best
        if best >= need:
            mapped[name] = headers[place]
            why = _doubt(best, rival, headers, scores[row])
            marks |= {name: why} if why else {}
        else:
            perhaps[name] = headers[place]
    marks |= {name: why for name in REACHED if name in mapped and (why := _whose(mapped, name, seen))}
    _stand_in(table, mapped, marks, perhaps, sure, headers)
    lacking = tuple(name for name in table.required if name not in mapped and name not in MADE.get(table.name, {"source"}))
    worth = worth_of(table, mapped, sure, perhaps, lacking, headers, about)
    return Match(table=table, mapped=mapped, marks=marks, perhaps=perhaps, lacking=lacking, worth=worth, sure=sure)


def _score(table: Table, name: str, header: str, seen: Evidence) -> float:
    said = understand(header)
    words = 0.0 if _other_kind(table.column(name), header) else sureness(said, table.name, name)
    if words == 0.0:
        return 0.6 if name == "email" and seen.email > 0.9 and not said.ideas else 0.0
    if name == "name" and said.ideas == ("USERNAME",) and seen.spaced > 0.5:
        return 0.8  # a log-in has no blank in it
    told = 0.12 if table.column(name).kind == "time" and seen.count and min(seen.time, seen.clocked) >= 0.9 and words >= 0.6 else 0.0
    return min(1.0, words + told) * trust(table.column(name), seen) * (EMPTY if not seen.count and seen.rows else 1.0)


def _a_region(header: str) -> bool:
    """Whether a header is a mere `State`, which beside towns is a part of a country."""
    return "STATE" in understand(header).ideas and "STATUS" not in understand(header).ideas


def _other_kind(column: Column, header: str) -> bool:
    """Whether a header says itself that it holds no such value: `refunded_at` is no amount, and neither is `Refunded?`."""
    if column.name.endswith("_id") and header.rstrip().endswith("?"):
        return True
    if column.kind not in ("money", "number", "count") or column.name == "score":
        return False
    return header.rstrip().endswith("?") or words_of(header)[-1:] in ([end] for end in MOMENT_ENDS - {"time"})


def _assign(scores: Sequence[Sequence[float]]) -> dict[int, int]:
    """Choose one header for each column so that the sum of squares is greatest: a sure pair is not given up for two weak ones."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    if not scores or not scores[0]:
        return {}
    gains = np.array(scores, dtype=float) ** 2
    rows, places = linear_sum_assignment(-gains)
    return {int(row): int(place) for row, place in zip(rows, places, strict=True) if scores[int(row)][int(place)] > 0}


def _rival(row: int, place: int, scores: Sequence[Sequence[float]], chosen: Mapping[int, int]) -> int | None:
    """The next best header for a column, if it is not better used elsewhere."""
    taken = {other: scores[r][other] for r, other in chosen.items() if r != row}
    free = [(value, other) for other, value in enumerate(scores[row]) if other != place and value > 0 and taken.get(other, 0.0) < value]
    return max(free)[1] if free else None


def _doubt(best: float, rival: int | None, headers: Sequence[str], scores: Sequence[float]) -> str:
    if rival is not None and best - scores[rival] < MARGIN:
        return f"{headers[rival]!r} could be it too"
    return "it fits, but not beyond doubt" if best < MARKED else ""


REACHED = ("email", "phone")
"""Columns by which somebody is reached; a file may also hold the shop's own."""


def _whose(mapped: Mapping[str, str], name: str, seen: Mapping[str, Evidence]) -> str:
    """Doubt that an address is the customer's: another column holds such ones too, or it hardly changes."""
    mine = seen[mapped[name]]
    others = [header for header, one in seen.items() if header not in mapped.values() and one.count and getattr(one, name) > 0.9]
    if others:
        return f"{others[0]!r} could be it too"
    return "it is nearly always the same one" if mine.count >= 8 and mine.distinct * 5 <= mine.count else ""


def _stand_in(
    table: Table, mapped: dict[str, str], marks: dict[str, str], perhaps: dict[str, str], sure: dict[str, float], headers: Sequence[str]
) -> None:
    """Fill a required column from others: people by their e-mail, a line's amount as pieces times price."""
    if table.name == "people" and "source_id" not in mapped and "email" in mapped:
        mapped["source_id"] = mapped["email"]
        marks["source_id"] = "there is no number of a person, so the e-mail serves as one"
        perhaps.pop("source_id", None)
    _half_names(mapped, marks, sure)
    money = {"orders": "revenue", "order_lines": "amount"}.get(table.name)
    if money is not None and (money not in mapped or "PRICE" in understand(mapped[money]).ideas):
        product = _product(headers)
        if product is not None:
            mapped[money] = product
            marks[money] = "pieces times price, for no column tells the sum"
            perhaps.pop(money, None)


def _half_names(mapped: dict[str, str], marks: dict[str, str], sure: dict[str, float]) -> None:
    """Beside a first name a mere name is the last one (Name, Vorname), and the other way round (Nome, Cognome)."""
    for here, other, idea in (("given_name", "family_name", "FIRSTNAME"), ("family_name", "given_name", "LASTNAME")):
        if "name" in mapped and here in mapped and other not in mapped and _twins(mapped["name"], mapped[here], idea):
            mapped[other], sure[other] = mapped.pop("name"), sure.get("name", 0.0)
            marks.pop("name", None)
            marks[other] = f"the other half of the name stands in {mapped[here]!r}"


def _twins(name: str, half: str, idea: str) -> bool:
    """Whether two headers differ only in that one says `name` and the other which half of it."""
    swapped = ["NAME" if one == idea else one for one in understand(half).ideas]
    return "NAME" in understand(name).ideas and sorted(understand(name).ideas) in (sorted(swapped), ["NAME"])


def _product(headers: Sequence[str]) -> str | None:
    pieces = [header for header in headers if set(understand(header).ideas) - {"PRODUCT", "LINE", "ORDER"} == {"QUANTITY"}]
    prices = [header for header in headers if set(understand(header).ideas) - {"PRODUCT", "LINE", "UNIT"} == {"PRICE"}]
    return f"{pieces[0]} * {prices[0]}" if pieces and prices else None


def choose(headers: Sequence[str], seen: Mapping[str, Evidence], file_name: str) -> list[Match]:
    """Return the matches of a file with every table that it may be, the best first."""
    about = frozenset(understand(" ".join(words_of(file_name))).ideas)
    made = [match(CONTRACT[name], headers, seen, about) for name in patterns()]
    return sorted((one for one in made if one.mapped), key=lambda one: -one.worth)
