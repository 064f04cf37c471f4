"""Policies that are shipped: data files, each with a sentence on whom it is for."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from duecare.tiers.policy import NamedSegment, Option, Policy, Scope, TierRule
from duecare.words import BadSettings, nearest

ORDER = ("recommended", "documents", "issue-first", "equal", "bought", "profit", "retention", "advocacy")
"""The shipped policies, the one that `init` writes first."""
KINDS: Mapping[str, type] = {"tiers": TierRule, "segments": NamedSegment, "options": Option}


def text_of(name: str) -> str:
    """Return the text of a shipped policy, as it may stand in duecare.toml.

    Raises:
        BadSettings: there is none of that name.
    """
    if name not in ORDER:
        near = nearest(name, ORDER) or ORDER
        raise BadSettings(f"no policy called {name!r} is shipped", mend=f"write {' or '.join(near)}; duecare policy list tells of all")
    return files("duecare.tiers.policies").joinpath(f"{name}.toml").read_text("utf-8")


def purpose(name: str) -> str:
    """Return what a shipped policy is for: its opening comment."""
    lines = [line[1:].strip() for line in text_of(name).splitlines() if line.startswith("#")]
    return " ".join(lines[: lines.index("")] if "" in lines else lines)


@cache
def shipped(name: str) -> Policy:
    """Return a shipped policy."""
    return policy_of(tomllib.loads(text_of(name)))


def policy_of(said: Mapping[str, Any]) -> Policy:
    """Make a policy of the parts of a file that speak of it."""
    parts = {name: tuple(kind(**_lists(row)) for row in said.get(name, [])) for name, kind in KINDS.items()}
    return Policy(parts["tiers"], parts["segments"], parts["options"], Scope(**said.get("policy", {})))


def _lists(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


RECOMMENDED = shipped("recommended")
