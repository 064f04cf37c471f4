"""The registry: every KPI by name, in the order in which reports show them."""

from collections.abc import Mapping, Sequence

from duecare.measure.following import FOLLOWING
from duecare.measure.keeping import KEEPING
from duecare.measure.kpi import Kpi
from duecare.measure.outcomes import OUTCOMES
from duecare.measure.speed import SPEED
from duecare.measure.spending import SPENDING
from duecare.measure.voices import VOICES
from duecare.words import BadSettings, nearest

KPIS: Mapping[str, Kpi] = {one.name: one for one in (*SPEED, *KEEPING, *VOICES, *OUTCOMES, *FOLLOWING, *SPENDING)}


def kpis(names: Sequence[str]) -> list[Kpi]:
    """Return KPIs by their names.

    Raises:
        BadSettings: there is none of a name; near ones are told.
    """
    for name in names:
        if name not in KPIS:
            raise BadSettings(f"there is no KPI {name!r}", mend=f"write {' or '.join(nearest(name, list(KPIS)) or KPIS)}")
    return [KPIS[name] for name in names]
