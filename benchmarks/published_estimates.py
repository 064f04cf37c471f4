"""Published estimates: what the papers print for a tenth of the CDNOW buyers, beside what is found here on the same data.

The data come with `lifetimes` (MIT) and are not shipped. Time is in weeks, as in the papers.
Sources: Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24 (2), table 2 (BG/NBD and
Pareto/NBD); Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value, note 025 (946 customers who came back).
"""

from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from duecare.value.models import bg_nbd, gamma_gamma, pareto_nbd
from duecare.value.models.purchases import Known, Purchases
from duecare.value.models.seen import Floats, Places, Seen

PRINTED: dict[str, dict[str, float]] = {
    "BG/NBD": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "log likelihood": -9582.4},
    "Pareto/NBD": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669, "log likelihood": -9595.0},
    "Gamma-Gamma": {"p": 6.25, "q": 3.74, "v": 15.44},
}
DIGITS = {"BG/NBD": 3, "Pareto/NBD": 3, "Gamma-Gamma": 2}


def found() -> dict[str, dict[str, float]]:
    """Fit each model to the data of its paper: 2,357 buyers until 30 September 1997; what they paid after their first day of buying."""
    first, again = _bought(), _bought(again=True)
    weeks = Seen(first.seen.frequency, first.seen.recency_days / 7.0, first.seen.age_days / 7.0)
    spend = gamma_gamma.fit(again.days, again.mean_spend)
    models: dict[str, Any] = {"BG/NBD": bg_nbd.fit(weeks), "Pareto/NBD": pareto_nbd.fit(weeks), "Gamma-Gamma": spend}
    return {name: model.parameters._asdict() | {"log likelihood": model.log_likelihood} for name, model in models.items()}


UNTIL = (date(1997, 9, 30) - date(1970, 1, 1)).days


def _bought(*, again: bool = False) -> Known:
    """What is known of the buyers; their first days of buying left out where *again* is asked for."""
    home = find_spec("lifetimes")
    if home is None or home.origin is None:
        raise ImportError("the group bench is not installed: uv sync --group bench")
    rows = np.loadtxt(Path(home.origin).parent / "datasets" / "CDNOW_sample.txt", usecols=(1, 2, 4))
    book = Purchases.of(rows[:, 0].astype(np.int64), _days(rows[:, 1]), rows[:, 2])
    if again:
        later = np.r_[False, book.customer[1:] == book.customer[:-1]]
        book = Purchases(book.customer[later], book.day[later], book.spend[later])
    return book.until(UNTIL)


def _days(written: Floats) -> Places:
    """Days since 1970 of days written as 19970131."""
    return np.array([(date(n // 10_000, n // 100 % 100, n % 100) - date(1970, 1, 1)).days for n in written.astype(int).tolist()])


def apart() -> dict[str, float]:
    """Return how far each figure is from the printed one, in halves of its last printed digit; up to 1 is as printed."""
    here = found()
    return {
        f"{model} {name}": abs(here[model][name] - value) / (0.5 * 10 ** -(1 if name == "log likelihood" else DIGITS[model]))
        for model, values in PRINTED.items()
        for name, value in values.items()
    }


def compare() -> Iterator[str]:
    """Yield a line for each model."""
    here = found()
    for model, values in PRINTED.items():
        yield f"{model}: " + ", ".join(f"{name} {here[model][name]:.4f} (printed {value})" for name, value in values.items())
