"""The promise: what `duecare.toml` says is followed or refused with its mend; nothing in it is passed over in silence."""

import tomllib
from dataclasses import MISSING, Field, fields, replace
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from app.calling import duecare, make_shop, say
from duecare.app.settings import LISTS, RANGES, SECTIONS, WRITTEN, Settings, read_settings
from duecare.helpdesk.terms import DeskTerms
from duecare.measure.terms import Guard
from duecare.promises import Promise
from duecare.sources import CONTRACT, Input
from duecare.tiers import Option, TierRule
from duecare.tiers.policies import RECOMMENDED
from duecare.value.predictors import Predictor
from duecare.words import BadSettings

EVERY = [(section, one.name) for section, kind in {**SECTIONS, **LISTS}.items() for one in fields(kind)]
PROMISE = '[[promises]]\nmetric = "first_response"\ntarget_minutes = 5\n'
ONE_INPUT = '[[inputs]]\nname = "orders"\npath = "orders.csv"\n'


def read(folder: Path, text: str) -> Settings:
    (folder / "duecare.toml").write_text(text, "utf-8")
    return read_settings(folder / "duecare.toml")


def refused(folder: Path, text: str) -> BadSettings:
    """Read what cannot be followed; what is wrong names the place and never a line of Python."""
    with pytest.raises(BadSettings) as caught:
        read(folder, text)
    assert "pydantic" not in str(caught.value)
    return caught.value


def head(section: str) -> str:
    """How a section begins in the file, with what it cannot do without."""
    lists = {"inputs": ONE_INPUT, "tiers": '[[tiers]]\nname = "All"\n', "promises": PROMISE}
    return lists.get(section, f"[[{section}]]\n" if section in LISTS else f"[{section}]\n")


# what is said is followed


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert settings == Settings(file=tmp_path / "duecare.toml")
    assert settings.policy == RECOMMENDED


OTHERS: dict[str, Any] = {
    "money.currency": "GBP",
    "money.gross_margin_percent": 25.5,
    "money.service_cost_per_minute": 1,
    "money.service_minutes_per_contact": 3.5,
    "money.service_account": "4711",
    "money.returns_account": "",
    "value.horizon_months": 12,
    "value.discount_percent_per_year": 0,
    "value.referral_cap_percent": 10,
    "value.season_percent": tuple([90.0] * 6 + [110.0] * 6),
    "value.rfm_classes": 5,
    "identity.threshold": 0.99,
    "identity.country": "AT",
    "identity.trust": ("crm", "till"),
    "identity.canaries": ("shop:1 = till:2", "shop:1 <> till:3"),
    "retention.orders_months": 36,
    "retention.contacts_months": 24,
    "people.raise_to": "Plus",
    "people.appeal_days": 14,
    "experiment.name": "spring",
    "experiment.hold_out_percent": 20,
    "experiment.tiers": ("Premium",),
    "experiment.seed": 7,
    "experiment.begins": date(2026, 1, 1),
    "experiment.ends": date(2026, 6, 1),
    "policy.level": "account",
    "policy.value_counts": "ties",
    "stability.doubt_points": 0,
    "stability.minimum_stay_days": 30,
    "stability.grace_days": 14,
    "stability.demotions_percent_per_month": 2.5,
    "gate.largest_customer_records": 7,
    "gate.large_customer_records": 5,
    "gate.large_growth_points": 0,
    "gate.churn_percent": 0.5,
    "gate.identifier_drop_points": 1,
    "records.warehouse": "spark:local[2]@runs",
    "records.book": "postgres:service=duecare",
    "records.keep_runs": 2,
    "records.memory_gb": 1.5,
    "records.threads": 3,
    "guarantee.signed_by": "Ada Example",
    "measure.csat_positive_from": 3.5,
    "measure.first_contact_days": 5,
    "measure.about_to_breach_percent": 30.0,
    "measure.complaints": ("grumble",),
    "measure.time_zone": "Europe/Paris",
    "measure.smallest_points": 2.5,
    "fairness.points": 2.5,
    "fairness.least_group": 50,
    "fairness.accepted_by": "Ada Example",
    "agents.ratings_enabled_by": "Ada Example",
    "alerts.webhook": "https://example.org/hook",
    "alerts.command": ("mail", "support@example.org"),
    "guarantee.reason": "two agents leave",
}


WHOLE: dict[str, Any] = {"tiers": ("Premium",), "begins": date(2026, 1, 1), "ends": date(2026, 6, 1)}


@pytest.mark.parametrize("setting", [f"{section}.{one.name}" for section, kind in SECTIONS.items() for one in fields(kind)])
def test_every_setting_is_read(setting: str, tmp_path: Path) -> None:
    section, _, name = setting.partition(".")
    value = OTHERS[setting]
    where = "policy.scope" if section == "policy" else section
    said = f'"{value}"' if isinstance(value, str) else list(value) if isinstance(value, tuple) else value
    beside = 'tiers = ["Premium"]\nbegins = 2026-01-01\nends = 2026-06-01\n' if setting == "experiment.name" else ""
    settings = read(tmp_path, f"[{section}]\n{name} = {said}\n{beside}")
    assert attrgetter(where)(settings) == replace(
        attrgetter(where)(Settings(file=settings.file)), **({name: value} | (WHOLE if beside else {}))
    )
    assert settings != Settings(file=settings.file)


def test_every_setting_of_an_input_and_of_a_tier_is_read(tmp_path: Path) -> None:
    said = {one.name: f"a{one.name}" for one in fields(Input)} | {"format": "csv", "decimal": ",", "mode": "append", "lines": "add"}
    text = "\n".join(f'{name} = "{value}"' for name, value in said.items() if name != "columns")
    settings = read(
        tmp_path, f'[[inputs]]\n{text}\ncolumns = {{order_id = "No"}}\n[[tiers]]\nname = "A"\nwhen = "clv > 1"\n[[tiers]]\nname = "B"\n'
    )
    assert settings.inputs == (Input(**(said | {"columns": {"order_id": "No"}})),)  # pyright: ignore[reportArgumentType] - names are tested, not values
    assert settings.policy.tiers == (TierRule(name="A", when="clv > 1"), TierRule(name="B"))


def test_relative_places_are_beside_the_file(tmp_path: Path) -> None:
    assert read(tmp_path, "").base == tmp_path


# what is not understood is refused


@pytest.mark.parametrize(("section", "name"), EVERY, ids=[".".join(one) for one in EVERY])
def test_a_misspelt_setting_gets_the_nearest_name(section: str, name: str, tmp_path: Path) -> None:
    wrong = name + "q"
    error = refused(tmp_path, head(section) + f"{wrong} = 1\n")
    assert f"[{section}] says {wrong!r}, which nobody reads" in error.wrong
    assert name in error.mend.replace("write ", "").split(" or ")


@pytest.mark.parametrize("section", [*SECTIONS, *LISTS])
def test_a_misspelt_section_gets_the_nearest_name(section: str, tmp_path: Path) -> None:
    error = refused(tmp_path, f"[{section[:-1]}]\n")
    assert error.wrong == f"duecare.toml: the file says {section[:-1]!r}, which nobody reads"
    assert section in error.mend


@pytest.mark.parametrize(("text", "mend"), [("money = 3", "[money]"), ("inputs = 3", "[[inputs]]"), ("[tiers]\nname = 'A'", "[[tiers]]")])
def test_a_section_of_the_wrong_shape_is_told_how_to_write_it(text: str, mend: str, tmp_path: Path) -> None:
    assert mend in refused(tmp_path, text).mend


def test_every_number_has_a_range_and_every_range_a_number() -> None:
    numbers = {
        f"{section}.{one.name}"
        for section, kind in {**SECTIONS, "promises": Promise, "options": Option, "guards": Guard, "desks": DeskTerms}.items()
        for one in fields(kind)
        if "tuple" not in str(one.type) and ("int" in str(one.type) or "float" in str(one.type))
    }
    assert set(RANGES) == numbers


def text_of(section: str, name: str, said: str) -> str:
    """One setting with what must stand beside it."""
    if section == "desks":
        return f'[desks.csv]\nfile = "people.csv"\n{name} = {said}\n'
    if section not in LISTS:
        return f"[{section}]\n{name} = {said}\n"
    needed = {
        "promises": {"metric": '"first_response"', "target_minutes": "5"},
        "options": {"name": '"line"', "says": '"a line"'},
        "guards": {"kpi": '"csat"'},
    }
    beside = needed[section] | {name: said}
    return "\n".join([f"[[{section}]]", *(f"{word} = {value}" for word, value in beside.items())]) + "\n"


def found(settings: Settings, section: str, name: str) -> Any:  # noqa: ANN401 - settings are of every kind
    if section == "desks":
        return getattr(settings.desks["csv"], name)
    places = {"promises": "promises.all", "options": "policy.options", "guards": "guards"}
    there = attrgetter(places.get(section, section))(settings)
    return getattr(there[0] if section in places else there, name)


@pytest.mark.parametrize("setting", list(RANGES))
@pytest.mark.parametrize("end", [0, 1])
def test_a_number_may_lie_on_the_edge_of_its_range_and_not_beyond(setting: str, end: int, tmp_path: Path) -> None:
    section, _, name = setting.partition(".")
    edge = RANGES[setting][end]
    whole = float(edge).is_integer()
    written, step = (str(int(edge)), 1) if whole else (str(edge), 0.125)
    assert found(read(tmp_path, text_of(section, name, written)), section, name) == edge
    error = refused(tmp_path, text_of(section, name, str((int(edge) if whole else edge) + (step if end else -step))))
    least, most = RANGES[setting]
    assert error.mend == f"write a number from {least:g} to {most:g}"
    assert setting in error.wrong


@pytest.mark.parametrize("setting", list(RANGES))
@pytest.mark.parametrize("said", ["nan", "inf", "true", '"12"', "[1]", '"many"'])
def test_what_is_no_number_is_refused_where_a_number_is_meant(setting: str, said: str, tmp_path: Path) -> None:
    section, _, name = setting.partition(".")
    assert setting in refused(tmp_path, text_of(section, name, said)).wrong


@pytest.mark.parametrize("setting", list(WRITTEN))
@pytest.mark.parametrize("said", ['""', '"euro and more"', "3"])
def test_a_word_that_is_not_written_as_it_should_be_is_refused(setting: str, said: str, tmp_path: Path) -> None:
    section, _, name = setting.partition(".")
    error = refused(tmp_path, f"[{section}]\n{name} = {said}\n")
    assert setting in error.wrong
    assert "euro" not in str(error)


def test_half_a_month_is_no_horizon(tmp_path: Path) -> None:
    assert "value.horizon_months" in refused(tmp_path, "[value]\nhorizon_months = 1.5\n").wrong


def test_what_is_no_toml_is_told_by_its_line(tmp_path: Path) -> None:
    error = refused(tmp_path, "[money]\ncurrency = EUR\n")
    assert "line 2" in error.wrong
    assert "quotes" in error.mend


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "duecare.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadSettings, match="is not TOML"):
        read_settings(tmp_path / "duecare.toml")


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="cannot be read"):
        read_settings(tmp_path)


def test_two_inputs_of_one_name_are_refused(tmp_path: Path) -> None:
    assert "two inputs are called 'orders'" in refused(tmp_path, ONE_INPUT * 2).wrong


def test_an_input_without_a_name_is_refused(tmp_path: Path) -> None:
    assert "inputs.name" in refused(tmp_path, '[[inputs]]\npath = "a.csv"\n').wrong


# what `init` writes, and what a condition may name


def test_init_writes_settings_that_are_read_as_they_stand(tmp_path: Path) -> None:
    folder = make_shop(tmp_path)
    settings = read_settings(folder / "duecare.toml")
    plain = Settings(file=settings.file)
    assert (settings.money, settings.value, settings.records, settings.policy) == (plain.money, plain.value, plain.records, plain.policy)
    assert [one.name for one in settings.inputs] == ["orders"]
    assert set(tomllib.loads((folder / "duecare.toml").read_text("utf-8"))) == {"money", "value", "records", "inputs", "tiers"}


PROTECTED = [*[column.name for column in CONTRACT["people"].columns if column.personal], "gender", "app_theme", "language", "device"]


def test_no_protected_attribute_and_no_proxy_of_one_can_earn_a_tier(tmp_path: Path) -> None:
    folder = make_shop(tmp_path)
    text = (folder / "duecare.toml").read_text("utf-8")
    for column in PROTECTED:
        (folder / "duecare.toml").write_text(text.replace("clv_percentile >= 90", f"{column} = 'x'"), "utf-8")
        told = duecare("run", folder=folder)
        assert told.code == 1, column
        assert f"names {column!r}, which is no column of a customer" in told.err
    assert not (folder / "warehouse" / "current").exists()


def test_a_condition_that_is_none_is_told_before_anything_is_read(tmp_path: Path) -> None:
    folder = make_shop(tmp_path)
    say(folder, "clv_percentile >= 90", "clv_percentil >= 90")
    told = duecare("run", folder=folder)
    assert told.code == 1
    assert "write clv_percentile" in told.err
    assert not (folder / "warehouse").exists()


def default(one: Field[Any]) -> Any:  # noqa: ANN401 - settings are of every kind
    """The default of a setting; MISSING when it has none."""
    return one.default_factory() if one.default_factory is not MISSING else one.default


def test_only_names_and_what_is_promised_are_needed() -> None:
    needed = [(section, one.name) for section, kind in {**SECTIONS, **LISTS}.items() for one in fields(kind) if default(one) is MISSING]
    whole = {
        "inputs": ["name"],
        "tiers": ["name"],
        "segments": ["name", "when"],
        "options": ["name", "says"],
        "exceptions": ["what", "approved_by", "until", "why"],
        "promises": ["metric", "target_minutes"],
        "goals": ["name", "kpi", "target", "begins", "ends"],
        "guards": ["kpi"],
        "predictors": ["trait", "source", "purpose", "basis", "kind"],
    }
    assert needed == [(section, name) for section, names in whole.items() for name in names]


def test_a_predictor_is_read_and_a_protected_one_is_refused_with_its_ground(tmp_path: Path) -> None:
    said = '[[predictors]]\ntrait = "TRAIT"\nsource = "CRM"\npurpose = "valuation"\nbasis = "consent"\nkind = "words"\n'
    read_one = read(tmp_path, said.replace("TRAIT", "tariff")).predictors
    assert read_one == (Predictor(trait="tariff", source="CRM", purpose="valuation", basis="consent", kind="words"),)
    assert "religion" in refused(tmp_path, said.replace("TRAIT", "Konfession")).wrong
    assert "basis" in refused(tmp_path, said.replace("TRAIT", "tariff").replace("consent", "because")).wrong
