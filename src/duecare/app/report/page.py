"""The page: facts in, one HTML text out that needs nothing but itself. The same facts always give the same text."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from duecare.app.report import account, costs, firm, held, quality, sections, segments, sentences, uneven
from duecare.app.report.said import Said
from duecare.app.report.wording import capital, unbroken
from duecare.words import BadSettings

if TYPE_CHECKING:
    from jinja2 import Environment

KINDS = {True: "holds", False: "fails", None: "open"}
"""How the page marks a claim that holds, one that does not, and one that cannot be told."""


def render(facts: Mapping[str, Any], *, demo: bool = False) -> str:
    """Write the report of a run as one HTML text.

    Args:
        facts: what the run published; a part that is missing is said to be missing.
        demo: whether the run is of the invented shop, whose customers are calibrated to the documents.
    """
    return environment().get_template("report.html").render(**_page(Said(facts)), headline=sentences.headline(facts), demo=demo)


def environment() -> "Environment":
    """Return the templates of all pages."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    world = Environment(
        loader=PackageLoader("duecare.app", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    world.filters["unbroken"], world.filters["capital"] = unbroken, capital
    return world


def write(facts: Mapping[str, Any], path: Path, *, demo: bool = False) -> Path:
    """Write the report to *path* at one stroke: a reader sees the old one or the new one, whole."""
    return write_page(render(facts, demo=demo), path)


def write_page(page: str, path: Path) -> Path:
    """Write a page to *path* at one stroke."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, page)
    except OSError as error:
        raise BadSettings(
            f"the report cannot be written to {path} ({error.strerror})",
            mend="give a place that can be written to: duecare report --out FILE",
        ) from error
    return path


def _replace(path: Path, page: str) -> None:
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False) as draft:
        try:
            draft.write(page)
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).chmod(0o644)
            Path(draft.name).replace(path)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise


def _page(said: Said) -> dict[str, Any]:
    """Everything that the template lays out."""
    return {
        "said": said,
        "day": account.dated(said),
        "lead": sentences.lead(said),
        "keys": account.keys(said),
        "claims": [(sentences.claim(said, one), sentences.judgement(one), KINDS[one.get("holds")]) for one in said.found_rows("claims")],
        "whale": sections.whale_figure(said),
        "percentiles": sections.percentile_figure(said),
        "uneven": uneven.sentence(said),
        "uneven_tables": uneven.tables(said),
        "rfm": sections.rfm_figure(said),
        "segments": segments.segments_table(said),
        "segments_moved": segments.moved(said),
        "segment_moves": segments.transition_table(said),
        "past": held.past_figure(said),
        "held": held.held(said),
        "tiers": sections.tier_figure(said),
        "firm": firm.sentence(said),
        "firm_table": firm.table(said),
        "tier_lines": account.tier_lines(said),
        "conditions": account.conditions(said),
        "service": costs.service_figure(said),
        "keeping": costs.keeping_lines(said),
        "winning": costs.winning_table(said),
        "facts_named": account.facts_named(said),
        "moves": sentences.moves(said),
        "moves_table": account.moves_table(said),
        "load_table": account.load_table(said),
        "kept": account.kept(said),
        "who": sentences.who_is_who(said) if said.part("identity") else "",
        "compared": quality.compared(said),
        "used": sentences.rows_used(said),
        "inputs": quality.inputs_table(said),
        "left_out": quality.left_out(said),
        "reasons": quality.reasons_table(said),
        "made": account.made(said),
    }
