"""Rows on what the demo planted: its effect is found and no other, and its biased proxy."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from proofs import Measured, row
from proofs.promises import PYTHON
from proofs.running import ran

SEEDS = (21, 22, 23)
"""None that the comparison was looked at with while it was written."""
CLI = "from duecare.app.cli import main; main()"
TRUTH = "average_effect_on_buying_again_within_180_days"


def _told(effect: int, seed: int) -> dict[str, Any]:
    """What `effects` and `fairness` say of a demo, with what was planted in it."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        made = ran([PYTHON, "-c", CLI, "demo", "shop", "--effect", str(effect), "--seed", str(seed), "--no-serve"], place)
        assert made.code == 0, made.err[-2000:]
        found = {name: ran([PYTHON, "-c", CLI, name, "--json"], place / "shop") for name in ("effects", "fairness")}
        truth = json.loads((place / "shop" / "truth" / "effect.json").read_text("utf-8"))[TRUTH]
        rows = {one["what"]: one for one in json.loads(found["effects"].out)["effects"] if one["design"] == "by circumstance"}
        fair = json.loads(found["fairness"].out)["plan"]
    stands_in = [one["column"] for one in fair["proxies"] if one["stands_in"]]
    return {
        "late": rows["a late order"],
        "wait": rows["a wait longer than promised"],
        "truth": truth,
        "stands_in": stands_in,
        "stops": fair["stops"],
    }


@row
def demo_effect() -> Measured:
    """On the demo the planted effect of late orders and long waits is found, and none with `--effect 0`; its biased proxy is found and stops nothing."""
    told = {(effect, seed): _told(effect, seed) for effect in (1, 0) for seed in SEEDS}
    with_effect = [(one[name], 100 * one["truth"][name]) for (effect, _), one in told.items() if effect for name in ("late", "wait")]
    without = [one[name] for (effect, _), one in told.items() if not effect for name in ("late", "wait")]
    figure = {
        "found": [f"{row['estimate']:.1f} ({row['low']:.1f} to {row['high']:.1f}), planted {truth:.1f}" for row, truth in with_effect],
        "found_with_effect_0": [f"{row['estimate']:.1f} ({row['low']:.1f} to {row['high']:.1f})" for row in without],
        "verdicts": {"effect 1": [row["verdict"] for row, _ in with_effect], "effect 0": [row["verdict"] for row in without]},
        "planted_inside_the_interval": sum(row["low"] <= truth <= row["high"] for row, truth in with_effect),
        "stand_ins": [one["stands_in"] for one in told.values()],
        "stopped": sum(bool(one["stops"]) for one in told.values()),
    }
    right = all(row["verdict"] == "harms" for row, _ in with_effect) and all(row["verdict"] == "no effect found" for row in without)
    proxies = all("app_theme" in one["stands_in"] for one in told.values()) and not figure["stopped"]
    return Measured(figure=figure, target="found; none with --effect 0; app_theme found, no stop", holds=right and proxies, n=len(told))
