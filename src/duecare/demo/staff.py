"""The agents: what they can, when they work, and how good they truly are.

Each chunk of customers has a team of its own. Agents work by weekday and half-day for good,
so who was on duty at any moment follows from the roster alone; `agent_events` shows it for
the last months. Quality is told in `truth/agents.parquet` and nowhere else.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from duecare.demo.chunk import Chunk
from duecare.demo.columns import DAY_S, Flags, Floats, Ints, dates, ids, money, same, table, take, times, words
from duecare.demo.days import END, OPEN_HOURS, Window, local_offset_s
from duecare.demo.names import FAMILIES, MEN, WOMEN

CUSTOMERS_EACH, LEAST = 1_000, 8
"""One agent, mostly part-time, to so many customers: their team is then busy about a quarter of its time."""
SKILLS = ("delivery", "product", "billing", "account")
LANGUAGES = ("de", "en", "fr")
LANGUAGE_SHARES = (1.0, 0.6, 0.25)
FIRST_SKILLS, SECOND_SKILL = (0, 1, 2, 1, 0, 1, 0, 3), 0.45
"""The skill that each agent in a row of eight surely has, as the matters need it, and the chance to have each other one."""
SHIFT_DAYS = 92
"""So many last days have their shifts in `agent_events`."""
LUNCH, PAUSE_S = 12, 1800
"""Local hour at which half-days meet and full-day agents pause, and for how long."""


@dataclass(frozen=True, slots=True)
class Team:
    """One value an agent."""

    number: Ints
    skills: Flags
    """Agents (rows) by SKILLS (columns)."""
    languages: Flags
    hired: Ints
    """Days since 1970."""
    weekdays: Flags
    """Agents by weekday, Monday first."""
    halves: Flags
    """Agents by morning and afternoon."""
    cost: Ints
    """Cents an hour, fully loaded."""
    quality: Floats
    """Standard normal plus experience; above 0 solves more and pleases more."""

    @property
    def size(self) -> int:
        return len(self.number)

    def ids(self) -> pa.Array:
        """Return the agents' numbers as the exports write them."""
        return ids("A", self.number, 6)


def make_team(chunk: Chunk, span: Window) -> Team:
    """Return the team that serves a chunk's customers; every day and every skill is staffed from the first day."""
    chances, n = chunk.chances("team"), max(LEAST, round(chunk.size / CUSTOMERS_EACH))
    place = np.arange(n)
    skills = (chances.random((n, len(SKILLS))) < SECOND_SKILL) | (np.asarray(FIRST_SKILLS)[place % 8, None] == np.arange(len(SKILLS)))
    hired = span.start // DAY_S + (np.where(place < max(LEAST, 0.7 * n), -2_500, 0.9 * span.length) * chances.random(n)).astype(np.int64)
    full_week = (place % 5 < 3)[:, None] | (chances.random((n, 7)) < 0.6)
    weekdays = np.where(np.arange(7) < 5, full_week, (place % 3 == 0)[:, None] & (np.arange(7) == 5))
    experience = 0.25 * np.log1p((END // DAY_S - hired) / 365.25)
    return Team(
        number=chunk.place * 1_000 + place,
        skills=skills,
        languages=chances.random((n, len(LANGUAGES))) < np.asarray(LANGUAGE_SHARES),
        hired=hired,
        weekdays=weekdays,
        halves=np.stack((place % 4 != 3, place % 4 != 2), axis=1),
        cost=(chances.normal(3_400, 350, n) + 300 * experience).astype(np.int64),
        quality=0.8 * chances.standard_normal(n) + experience - 0.25,
    )


def serve(team: Team, start: Ints, busy_s: Ints, skill: Ints, language: Ints) -> Ints:
    """Give each contact to the agent on duty with the skill and language who has been idle longest.

    Args:
        team: the agents.
        start: when each contact is taken up, an instant.
        busy_s: for how many seconds it keeps the agent.
        skill: the place in SKILLS that it asks for.
        language: the place in LANGUAGES likewise; only wished for.

    Returns:
        The agent's place in the team, a contact each.
    """
    free, chosen, able = [0] * team.size, np.zeros(len(start), np.int64), dict[int, list[int]]()
    day, half = start // DAY_S, _half(start)
    staff = np.searchsorted(np.sort(team.hired), day, side="right")
    keys = ((((staff * 7 + (day + 3) % 7) * 2 + half) * len(SKILLS) + skill) * len(LANGUAGES) + language).tolist()
    starts, ends = start.tolist(), (start + busy_s).tolist()
    for contact in np.argsort(start, kind="stable").tolist():
        key = keys[contact]
        if key not in able:
            able[key] = _able(team, starts[contact], int(half[contact]), int(skill[contact]), int(language[contact]))
        best = min(able[key], key=free.__getitem__)
        free[best], chosen[contact] = ends[contact], best
    return chosen


def _half(instants: Ints) -> Ints:
    """Return 0 for the morning and 1 for the afternoon of each instant's local day."""
    local = instants + local_offset_s(instants // DAY_S)
    return (local % DAY_S >= LUNCH * 3600).astype(np.int64)


def _able(team: Team, start: int, half: int, skill: int, language: int) -> list[int]:
    """Return who can take a contact up at a moment: on duty with skill and language, else with the skill, else anybody hired."""
    day = start // DAY_S
    hired = team.hired <= day
    duty = hired & team.weekdays[:, (day + 3) % 7] & team.halves[:, half]
    skilled = duty & team.skills[:, skill]
    for group in (skilled & team.languages[:, language], skilled, duty, hired):
        if group.any():
            return np.flatnonzero(group).tolist()
    return [0]


def agents_table(team: Team) -> pa.Table:
    """Return the contract's `agents` rows of a team."""
    given = [name for lists in (WOMEN, MEN) for name in lists[0]]
    names = [f"{given[n * 37 % len(given)]} {FAMILIES[0][n * 53 % len(FAMILIES[0])]}" for n in team.number.tolist()]
    return table(
        {
            "agent_id": team.ids(),
            "name": pa.array(names),
            "skills": _listed(SKILLS, team.skills),
            "languages": _listed(LANGUAGES, team.languages),
            "hired_at": dates(team.hired),
            "cost_per_hour": money(team.cost),
            "capacity": same("phone=1;chat=3;email=6;web=6;social=6", team.size),
        }
    )


def _listed(vocabulary: tuple[str, ...], has: Flags) -> pa.Array:
    return pa.array([";".join(word for word, yes in zip(vocabulary, row, strict=True) if yes) for row in has.tolist()])


def shifts_table(team: Team) -> pa.Table:
    """Return the contract's `agent_events` rows of a team: ready, away at lunch, off, for the last days."""
    days = np.arange(END // DAY_S - SHIFT_DAYS + 1, END // DAY_S + 1)
    agent, day = (grid.ravel() for grid in np.meshgrid(np.arange(team.size), days, indexing="ij"))
    works = team.weekdays[agent, (day + 3) % 7] & (team.hired[agent] <= day)
    agent, day = agent[works], day[works]
    closing = np.asarray([OPEN_HOURS.get(d, (9, 9))[1] for d in range(7)])[(day + 3) % 7]
    begins = np.where(team.halves[agent, 0], OPEN_HOURS[0][0], LUNCH).clip(None, closing - 1)
    ends = np.where(team.halves[agent, 1], closing, np.minimum(LUNCH, closing))
    lunches = (begins < LUNCH) & (ends > LUNCH + 1)
    pause = np.full(int(lunches.sum()), LUNCH * 3600)
    parts = [(agent, day, begins * 3600, 0), (agent[lunches], day[lunches], pause, 1)]
    parts += [(agent[lunches], day[lunches], pause + PAUSE_S, 0), (agent, day, ends * 3600, 2)]
    who, at, state = (np.concatenate(column) for column in zip(*(_happened(*part) for part in parts), strict=True))
    order = np.lexsort((at, who))
    return table({"agent_id": take(team.ids(), who[order]), "at": times(at[order]), "state": words(("ready", "away", "off"), state[order])})


def _happened(agent: Ints, day: Ints, local_s: Ints, state: int) -> tuple[Ints, Ints, Ints]:
    """Return agents, instants and states of what happened at a second of a local day."""
    return agent, day * DAY_S + local_s - local_offset_s(day), np.full(len(agent), state)


def truth_table(team: Team) -> pa.Table:
    """Return each agent's true quality."""
    return table({"agent_id": team.ids(), "quality": pa.array(team.quality)})
