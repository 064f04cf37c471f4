"""How customers react to service: the known effect that every later measurement is held against.

A broken promise (an order delivered after the day it was promised for) and a long wait (a
contact answered later than `LONG_WAIT_S`) each raise the log-odds that the customer stops
buying, and lower the log-odds that an order brings a referral. `effect` scales both: 1 as
written here, 0 none at all. Both befall customers by chance alone, whoever they are, given
the day: so a plain comparison within a month finds the effect.
"""

from dataclasses import dataclass

import numpy as np

from duecare.demo.columns import Flags, Floats, Ints

STOP_LATE, STOP_WAIT = 0.8, 1.2
"""Log-odds of stopping after an order, added by a late delivery and by a long wait."""
REFER_LATE, REFER_WAIT = -0.9, -1.3
"""Log-odds that an order brings a referral, added by each."""
LONG_WAIT_S = {"phone": 180, "chat": 180, "email": 8 * 3600, "web": 8 * 3600, "social": 8 * 3600}
"""A wait is long beyond so many seconds: in the queue on the phone and in chat, else in open hours until the first answer."""
QUIET_DAYS = 8
"""Nobody buys again within eight days of an order, and every matter about it comes up in them: so what went wrong lies before
the next purchase, and with no effect the two have nothing to do with each other."""
RETURN_DAYS = 180
"""Within so many days of an order the effect on coming back is told in `truth/effect.json`."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What the shop's customers were made to feel."""

    scale: float

    def stop_chance(self, dropout: Floats, late: Flags, waited: Flags) -> Floats:
        """Return the chance to stop buying after an order, given how it went."""
        odds = dropout / (1 - dropout) * np.exp(self.scale * (STOP_LATE * late + STOP_WAIT * waited))
        return odds / (1 + odds)

    def refer_weight(self, late: Flags, waited: Flags) -> Floats:
        """Return how often an order that went so brings a referral, against one that went well."""
        return np.exp(self.scale * (REFER_LATE * late + REFER_WAIT * waited))


@dataclass(frozen=True, slots=True)
class Lived:
    """One value an order: its customer's chance to stop and rate to buy, and how it went."""

    dropout: Floats
    rate: Floats
    late: Flags
    waited: Flags
    sent: Flags
    """Whether it could come late."""
    asked: Flags
    """Whether it had contacts, which could wait."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a late delivery (first) and a long wait (second) change, summed over the orders that they could befall."""

    orders: Ints
    stop: Floats
    """In the chance to stop."""
    back: Floats
    """In the chance to buy again within RETURN_DAYS."""

    def __add__(self, other: "Outcomes") -> "Outcomes":
        return Outcomes(self.orders + other.orders, self.stop + other.stop, self.back + other.back)

    def told(self, scale: float) -> dict[str, object]:
        """Return what `truth/effect.json` says."""
        constants = {"stop_late": STOP_LATE, "stop_wait": STOP_WAIT, "refer_late": REFER_LATE, "refer_wait": REFER_WAIT}
        return {
            "effect": scale,
            "log_odds_at_effect_1": constants,
            "long_wait_seconds": LONG_WAIT_S,
            "orders_it_could_befall": dict(zip(("late", "wait"), self.orders.tolist(), strict=True)),
            "average_effect_on_stopping": self._average(self.stop),
            f"average_effect_on_buying_again_within_{RETURN_DAYS}_days": self._average(self.back),
        }

    def _average(self, sums: Floats) -> dict[str, float]:
        late, wait = (sums / np.maximum(self.orders, 1)).tolist()
        return {"late": round(late, 6), "wait": round(wait, 6)}


def outcomes(effect: Effect, lived: Lived) -> Outcomes:
    """Compare for each order what would follow it with and without, all else as it was."""
    yes, no = np.ones(len(lived.dropout), np.bool_), np.zeros(len(lived.dropout), np.bool_)
    late = (effect.stop_chance(lived.dropout, case, lived.waited) for case in (yes, no))
    wait = (effect.stop_chance(lived.dropout, lived.late, case) for case in (yes, no))
    again = -np.expm1(-lived.rate * (RETURN_DAYS - QUIET_DAYS))
    stop = [(ill - well)[could] for (ill, well), could in ((late, lived.sent), (wait, lived.asked))]
    back = [-more * again[could] for more, could in zip(stop, (lived.sent, lived.asked), strict=True)]
    return Outcomes(np.asarray([len(s) for s in stop]), np.asarray([s.sum() for s in stop]), np.asarray([b.sum() for b in back]))
