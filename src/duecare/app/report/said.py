"""What a run said of itself, read with care: a part that it left out reads as empty, never as a guess."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from duecare.app.report.wording import Currency

ASSUMED = "assumed:"

RESTS_ON = {"margin": "gross margin", "cost to serve": "minute", "profit": "", "CLV": "", "CLV per customer": ""}
"""A word that a note about an assumption holds when the figure rests on it; profit and CLV rest on each."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """The facts of a run, each part in its place."""

    facts: Mapping[str, Any]

    def part(self, name: str) -> Row:
        return self.facts.get(name) or {}

    def rows(self, name: str) -> Sequence[Row]:
        return self.facts.get(name) or ()

    def found(self, name: str) -> Row:
        return self.part("findings").get(name) or {}

    def found_rows(self, name: str) -> Sequence[Row]:
        return self.part("findings").get(name) or ()

    @property
    def money(self) -> Currency:
        return Currency(str(self.facts.get("currency") or ""))

    @property
    def customers(self) -> int:
        return int(self.found("customers").get("all") or 0)

    @property
    def bought(self) -> int:
        return int(self.found("customers").get("bought") or 0)

    @property
    def tiers(self) -> Sequence[Row]:
        return self.found_rows("tiers")

    @property
    def clv(self) -> float | None:
        """The CLV of all customers together, None when nobody was valued."""
        known = [float(tier["clv"]) for tier in self.tiers if tier.get("clv") is not None]
        return sum(known) if known else None

    def total(self, name: str) -> float | None:
        value = self.found("totals").get(name)
        return None if value is None else float(value)

    def yours(self, claim: str) -> float | None:
        """Our own number for one of the documents' claims."""
        return next((one.get("yours") for one in self.found_rows("claims") if one.get("name") == claim), None)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What figures of money rest on and the data do not say."""
        return tuple(note.removeprefix(ASSUMED).strip() for note in self._notes if note.startswith(ASSUMED))

    @property
    def remarks(self) -> tuple[str, ...]:
        """The other notes."""
        return tuple(note for note in self._notes if not note.startswith(ASSUMED))

    @property
    def _notes(self) -> Sequence[str]:
        return self.facts.get("notes") or ()

    def assumes(self, figure: str) -> bool:
        """Tell whether *figure*, one of RESTS_ON, rests on an assumption."""
        return figure in RESTS_ON and any(RESTS_ON[figure] in note for note in self.assumptions)

    def marked(self, figure: str) -> str:
        """Name a figure, with the word "assumed" when it rests on an assumption."""
        return f"{figure} (assumed)" if self.assumes(figure) else figure

    def why_no_clv(self) -> str:
        """Say why nobody was given a CLV."""
        reasons = [note for note in self.remarks if "CLV" in note]
        return "; ".join(reasons) or ("no customer has bought" if not self.bought else "the run gave no reason")

    def why_no_profit(self) -> str:
        """Say why shares of the profit cannot be told."""
        if not self.bought:
            return "no customer has an order that counts"
        return f"the {self.marked('profit')} of all customers together is not above nothing, so it has no shares"
