"""Goals: specific, measurable, achievable, realistic and time-bound, checked one by one before anybody works for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from duecare.measure.figures import Measured
from duecare.measure.kpi import Kpi
from duecare.measure.log import Log
from duecare.measure.periods import EPOCH, local_days
from duecare.measure.registry import kpis
from duecare.measure.terms import Goal

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_CASES = 30
"""With fewer cases a week nothing is measured."""
LEAST_WEEKS = 4
STRETCH = 0.5
"""A goal may go beyond the best month that there was by half of the way from the middle to it."""
MONTH_WEEKS = 4

Week: TypeAlias = tuple[date, float, int]
"""Its Monday, the value and the cases."""
State = Literal["reached", "on track", "behind", "missed", "not measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One letter of SMART."""

    letter: str
    word: str
    holds: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a goal is."""

    goal: Goal
    checks: tuple[Check, ...]
    baseline: float | None
    now: float | None
    """Over the last four weeks, or since it began if that is less."""
    expected: float | None
    """Where it should be by now on a straight way."""
    state: State

    @property
    def smart(self) -> bool:
        return all(check.holds for check in self.checks)


def progress(log: Log, goals: Sequence[Goal]) -> list[Progress]:
    """Check each goal and say how far it is."""
    return [_progress(log, goal) for goal in goals]


def _progress(log: Log, goal: Goal) -> Progress:
    measure = kpis([goal.kpi])[0]
    weeks = _weeks(log, measure, goal)
    past = [week for week in weeks if week[0] < goal.begins]
    since = [week for week in weeks if goal.begins <= week[0] <= goal.ends][-MONTH_WEEKS:]
    baseline = goal.baseline if goal.baseline is not None else _mean(past[-3 * MONTH_WEEKS :])
    now, today = _mean(since), min(_today(log), goal.ends)
    expected = _on_the_way(goal, baseline, today) if baseline is not None and today >= goal.begins else None
    checks = _checks(goal, measure, past, baseline)
    return Progress(
        goal=goal, checks=checks, baseline=baseline, now=now, expected=expected, state=_state(goal, measure, now, expected, _today(log))
    )


def _today(log: Log) -> date:
    return EPOCH + timedelta(days=int(local_days(np.array([log.as_of]), log.zone)[0]))


def _weeks(log: Log, measure: Kpi, goal: Goal) -> list[Week]:
    """Monday, value and cases of every week with enough cases."""
    by = [name for name, word in (("tier", goal.tier), ("channel", goal.channel)) if word is not None]
    table: pa.Table = Measured(log, [measure]).table([*by, "week"])
    wanted = {"tier": goal.tier, "channel": goal.channel}
    rows = [row for row in table.to_pylist() if all(row[name] == wanted[name] for name in by) and row["cases"] >= LEAST_CASES]
    found = [(date.fromisocalendar(int(row["week"][:4]), int(row["week"][6:]), 1), row["value"], row["cases"]) for row in rows]
    return sorted(week for week in found if week[1] is not None)


def _mean(weeks: Sequence[Week]) -> float | None:
    cases = sum(week[2] for week in weeks)
    return sum(week[1] * week[2] for week in weeks) / cases if cases else None


def _on_the_way(goal: Goal, baseline: float, today: date) -> float:
    """Where the straight way from the baseline to the target is on a day."""
    gone = (today - goal.begins).days / max((goal.ends - goal.begins).days, 1)
    return baseline + (goal.target - baseline) * min(gone, 1.0)


def _state(goal: Goal, measure: Kpi, now: float | None, expected: float | None, today: date) -> State:
    if now is None or expected is None:
        return "not measured"
    sign = 1 if measure.better == "higher" else -1
    if sign * (now - goal.target) >= 0:
        return "reached"
    if today >= goal.ends:
        return "missed"
    return "on track" if sign * (now - expected) >= 0 else "behind"


def _checks(goal: Goal, measure: Kpi, past: Sequence[Week], baseline: float | None) -> tuple[Check, ...]:
    sign = 1 if measure.better == "higher" else -1
    return (
        _specific(goal, measure),
        _measurable(past),
        _achievable(goal, sign, past, baseline),
        _realistic(goal, sign, baseline),
        _time_bound(goal),
    )


def _specific(goal: Goal, measure: Kpi) -> Check:
    whom = " ".join(word for word in (goal.tier, goal.channel) if word) or "everybody"
    owner = f"{goal.owner} answers for it" if goal.owner else "nobody answers for it: name an owner"
    return Check(letter="S", word="specific", holds=bool(goal.owner), said=f"{measure.title} of {whom}; {owner}")


def _measurable(past: Sequence[Week]) -> Check:
    known = len(past) >= LEAST_WEEKS
    lacks = "" if known else f"; at least {LEAST_WEEKS} are needed"
    return Check(
        letter="M", word="measurable", holds=known, said=f"{len(past)} weeks with at least {LEAST_CASES} cases lie before it{lacks}"
    )


def _achievable(goal: Goal, sign: int, past: Sequence[Week], baseline: float | None) -> Check:
    best = _best_month(past, sign)
    if best is None or baseline is None:
        return Check(letter="A", word="achievable", holds=False, said="too little is known of the past to tell")
    reach = best + STRETCH * (best - baseline)
    far = sign * (goal.target - reach) > 0
    said = f"the best four weeks so far came to {best:,.1f}; {'beyond' if far else 'within'} the reach of {reach:,.1f}"
    return Check(letter="A", word="achievable", holds=not far, said=said)


def _realistic(goal: Goal, sign: int, baseline: float | None) -> Check:
    if baseline is None:
        return Check(letter="R", word="realistic", holds=False, said="nothing is known of what there is")
    better = sign * (goal.target - baseline) > 0
    return Check(letter="R", word="realistic", holds=better, said=f"it is {'better' if better else 'no better'} than what there is")


def _time_bound(goal: Goal) -> Check:
    whole = goal.begins < goal.ends
    said = f"{goal.begins.isoformat()} to {goal.ends.isoformat()}{'' if whole else ': it ends before it begins'}"
    return Check(letter="T", word="time-bound", holds=whole, said=said)


def _best_month(past: Sequence[Week], sign: int) -> float | None:
    """The best mean of any four weeks in a row."""
    months = [_mean(past[at : at + MONTH_WEEKS]) for at in range(len(past) - MONTH_WEEKS + 1)]
    known = [month for month in months if month is not None]
    return (max(known) if sign > 0 else min(known)) if known else None
