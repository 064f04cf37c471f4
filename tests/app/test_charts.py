"""Promise: a picture shows its numbers and nothing else, says in words what it is, and escapes every word it is given."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.app.charts import Heading, Interval, bar_grid, interval_plot, rfm_grid, shades, small_bar, week_lines, whale

CURVE = {
    "customers": [0.0, 0.25, 0.5, 0.75, 1.0],
    "profit": [0.0, 0.75, 1.25, 1.25, 1.0],
    "peak_at": 0.5,
    "peak": 1.25,
    "all_at": 0.5,
    "losing": 0.25,
    "bands": [{"tier": "Premium", "customers": [1, 0, 0, 0]}, {"tier": "Standard", "customers": [0, 1, 1, 1]}],
}


class Tags(HTMLParser):
    """Every element with its attributes, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def of_class(self, kind: str) -> list[dict[str, str]]:
        return [attributes for _, attributes in self.found if attributes.get("class") == kind]


def curve(**other: object) -> Tags:
    return Tags(whale("w", CURVE | other, title="Whale curve", desc="what it shows", profit="profit"))


def bars(values: list[list[float | None]]) -> Tags:
    columns = [Heading(f"column {at}") for at in range(len(values[0]))]
    return Tags(bar_grid("b", [f"row {at}" for at in range(len(values))], columns, values, title="Bars", desc="shares"))


def wide(rect: dict[str, str]) -> float:
    return float(rect["width"].rstrip("%"))


def test_each_picture_has_a_title_and_a_description_that_it_is_labelled_by() -> None:
    field = rfm_grid("r", {(1, 1): (3, "£5 each", [1, 2, 0, 0])}, title="Grid", desc="fields")
    for drawing in (whale("w", CURVE, title="Curve", desc="rises", profit="profit"), field):
        tags = Tags(drawing)
        svg = tags.found[0][1]
        assert svg["role"] == "img"
        assert svg["aria-labelledby"].split() == [attributes["id"] for tag, attributes in tags.found if tag in {"title", "desc"}]


def test_the_curve_rises_to_its_peak_and_falls_in_another_ink() -> None:
    tags = curve()
    rise, fall = tags.of_class("rise")[0]["points"].split(), tags.of_class("fall")[0]["points"].split()
    assert rise[-1] == fall[0]
    assert [point.split(",")[0] for point in (*rise, *fall[1:])] == ["0", "250", "500", "750", "1000"]


def test_the_peak_is_told_only_when_the_curve_rises_above_the_whole() -> None:
    assert "peak 125.0 %" in curve().words
    assert not [word for word in curve(peak=1.01).words if word.startswith("peak")]
    assert "peak 102.0 %" in curve(peak=1.02).words


def test_the_ground_of_those_who_lose_is_as_wide_as_their_share() -> None:
    ground = curve().of_class("losing")[0]
    assert (ground["x"], ground["width"]) == ("75%", "25%")


def test_the_place_where_all_the_profit_is_reached_is_marked_and_said() -> None:
    tags = curve(all_at=0.189)
    assert tags.of_class("plumb")[0]["x1"] == "18.9%"
    assert "18.9 % of customers" in tags.words
    assert not curve(all_at=None).of_class("plumb")


def test_the_strip_gives_each_tier_its_share_of_each_slice() -> None:
    first, last = (band["points"].split() for band in curve().of_class("band"))
    assert [point.split(",")[0] for point in first[:4]] == ["0", "250", "250", "500"]
    assert {point.split(",")[1] for point in first[8:]} == {"0", "58"}  # its lower edge: the foot, then the head, where it has nobody
    assert {point.split(",")[1] for point in last[8:]} == {"58"}


def test_a_curve_of_an_older_run_without_tiers_is_drawn_without_a_strip() -> None:
    without = {key: value for key, value in CURVE.items() if key != "bands"}
    assert not Tags(whale("w", without, title="t", desc="d", profit="profit")).of_class("band")


def test_bars_stand_to_one_another_as_their_values() -> None:
    found = bars([[0.5, 0.25], [1.0, 0.125]]).of_class("bar")
    assert [wide(bar) / wide(found[2]) for bar in found] == pytest.approx([0.5, 0.25, 1.0, 0.125], rel=1e-3)


def test_a_negative_share_is_drawn_to_the_other_side_of_nothing() -> None:
    tags = bars([[0.8], [-0.2]])
    bar, loss = tags.of_class("bar")[0], tags.of_class("loss")[0]
    assert float(loss["x"].rstrip("%")) + wide(loss) == pytest.approx(float(bar["x"].rstrip("%")), abs=0.02)
    assert "−20.0 %" in tags.words


def test_what_cannot_be_said_has_no_bar() -> None:
    tags = bars([[None, 0.5]])
    assert "not known" in tags.words
    assert len(tags.of_class("bar")) == len(tags.of_class("track")) == 1


def test_a_small_bar_is_seen_however_small_and_nothing_is_not_seen() -> None:
    assert [rect["width"] for rect in Tags(small_bar(1e-6, title="few")).of_class("bar")] == ["0%", "2"]
    assert [rect["width"] for rect in Tags(small_bar(0.0, title="none")).of_class("bar")] == ["0%", "0"]


def test_the_grid_parts_each_field_by_class_of_money() -> None:
    tags = Tags(rfm_grid("r", {(2, 3): (1234, "£9 each", [617, 617, 0, 0])}, title="Grid", desc="fields"))
    assert "1,234" in tags.words
    assert len(tags.of_class("empty")) == tags.words.count("nobody") == 15
    widths = [wide(part) for part in tags.of_class("part")]
    assert widths[0] == widths[1] > 0 == widths[2]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=11))
def test_every_word_is_shown_as_text(word: str) -> None:
    drawing = bar_grid("b", [word], [Heading(word, word)], [[0.5]], title=word, desc=word)
    tags = Tags(drawing)
    assert {tag for tag, _ in tags.found} <= {"svg", "title", "desc", "text", "rect", "line"}
    assert "".join(tags.words).count(word) >= 5  # title, description, row, heading, remark


@given(st.integers(1, 12))
def test_inks_fall_from_full_to_faint_and_never_to_nothing(many: int) -> None:
    inks = shades(many)
    assert inks == sorted(set(inks), reverse=True)
    assert inks[0] == 1.0
    assert inks[-1] > 0.1


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e5), st.floats(0, 1e5)), min_size=1, max_size=8))
def test_every_interval_lies_on_its_scale(rows: list[tuple[float, float, float]]) -> None:
    lines = [Interval("a line", value, value - below, value + above) for value, below, above in rows]
    tags = Tags(interval_plot("i", lines, unit="points", title="Intervals", desc="what they show"))
    reached = tags.of_class("reach bar")
    assert len(reached) == len(rows)
    for one in reached:
        assert -1e-6 <= float(one["x1"].rstrip("%")) <= float(one["x2"].rstrip("%")) <= 100 + 1e-6


def test_a_week_that_is_not_known_breaks_its_line() -> None:
    tags = Tags(week_lines("w", ["1", "2", "3", "4", "5"], {"Premium": [50.0, 60.0, None, 70.0, 80.0]}, title="Kept", desc="by week"))
    assert len(tags.of_class("rise")) == 2
