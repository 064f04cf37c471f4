"""The promise: documents cannot rot. What they say of settings, facts, commands, files and formulas is what the program does."""

import doctest
import re
import subprocess
import tomllib
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from duecare import __version__
from duecare.app.cli import app
from duecare.app.settings import LISTS, RANGES, SECTIONS
from duecare.helpdesk.terms import DeskTerms
from duecare.sources import CONTRACT
from duecare.tiers.facts import FACTS
from duecare.tiers.policies import ORDER, shipped
from duecare.value.estimate import VALUED
from house import lacking

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
COMMANDS: dict[str, Any] = get_command(app).commands  # pyright: ignore[reportAttributeAccessIssue] - the app is a group


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def table_under(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    part = text(page).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# settings


def default(one: Field[Any]) -> str:
    """The default of a setting as the page writes it."""
    value = one.default_factory() if one.default_factory is not MISSING else one.default
    if value is MISSING:
        return "needed"
    if value is None or value in ({}, ()):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value:g}`"


def heading_of(section: str) -> str:
    if section == "desks":
        return "`[desks.NAME]`"
    return f"`[[{section}]]`" if section in LISTS else f"`[{section}]`"


@pytest.mark.parametrize("section", [*SECTIONS, *LISTS, "desks"])
def test_settings_lists_exactly_what_there_is_with_its_default(section: str) -> None:
    kind = {**SECTIONS, **LISTS, "desks": DeskTerms}[section]
    rows = [row for row in table_under("docs/settings.md", heading_of(section)) if len(row) > 2]
    assert {row[0].strip("`"): row[1] for row in rows} == {one.name: default(one) for one in fields(kind)}
    assert all(len(row[-1]) > 8 for row in rows)


@pytest.mark.parametrize("setting", list(RANGES))
def test_settings_gives_the_range_of_every_number(setting: str) -> None:
    section, _, name = setting.partition(".")
    least, most = RANGES[setting]
    (row,) = [row for row in table_under("docs/settings.md", heading_of(section)) if named(row[0]) == [name]]
    assert row[2] == f"{least:g} to {most:g}"


def test_every_fact_that_a_condition_may_name_is_documented_in_its_own_words() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", text("docs/settings.md").partition("| fact | means |")[2], re.MULTILINE)
    assert dict(rows) == dict(FACTS)


def test_every_part_of_a_valuation_is_documented() -> None:
    told = [name for row in table_under("docs/valuation.md", "COLUMNS") for name in named(row[0])]
    due = ["customer_id", *VALUED, "clv_percentile", "revenue_percentile", "rfm_r", "rfm_f", "rfm_m", "rfm"]
    assert told == due


# what documents show


@pytest.mark.parametrize("name", NAMES)
def test_what_a_page_runs_gives_what_it_shows(name: str) -> None:
    failed, _ = doctest.testfile(str(ROOT / name), module_relative=False, report=True)
    assert failed == 0


def test_the_valuation_page_does_run_something() -> None:
    examples = doctest.DocTestParser().get_examples(text("docs/valuation.md"))
    assert len(examples) > 8


CALL = re.compile(r"(?<![\w/.\[-])duecare ((?:--?[a-z-]+ )*)([a-z][a-z-]*)((?: [^\s`&|;)]+)*)")


def calls(page: str) -> list[tuple[str, list[str]]]:
    """Every command that a page shows in code, with its options."""
    spans = re.findall(r"```(?:sh)?\n(.*?)```", page, re.DOTALL) + re.findall(
        r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    )
    found = [match for span in spans for match in CALL.findall(span)]
    return [(command, re.findall(r"(?<!\S)--?[a-z][a-z-]*", before + rest)) for before, command, rest in found]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_that_a_page_shows_exists(name: str) -> None:
    for command, options in calls(text(name)):
        assert command in COMMANDS, command
        inside = getattr(COMMANDS[command], "commands", {}).values()  # of a command that has commands of its own
        parameters = [parameter for one in (COMMANDS[command], *inside) for parameter in one.params]
        known = {option for parameter in parameters for option in [*parameter.opts, *parameter.secondary_opts]}
        assert set(options) <= known | {"--help", "-h"}, (command, options)


def test_the_readme_shows_every_command() -> None:
    assert {command for command, _ in calls(text("README.md"))} == set(COMMANDS)


def test_every_make_target_that_a_page_shows_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    shown = {target for name in NAMES for target in re.findall(r"(?:^|`)make ([a-z]+)", text(name), re.MULTILINE)}
    assert {"demo", "test"} <= shown <= targets


def test_the_readme_begins_with_the_two_commands() -> None:
    (first, *_) = re.findall(r"```sh\n(.*?)```", text("README.md"), re.DOTALL)
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make demo", "make test"]


LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: str) -> set[str]:
    """The places that a link into a page may name, as GitHub makes them of its headings."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(name: str) -> None:
    here = (ROOT / name).parent
    for link in LINK.findall(text(name)):
        path, _, anchor = link.partition("#")
        if path.startswith(("https://", "mailto:")):
            continue
        target = here / path if path else ROOT / name
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text("utf-8")), link


def test_pictures_are_small_and_each_is_shown_with_words() -> None:
    shown = dict(re.findall(r"!\[([^\]]+)\]\(docs/pictures/([^)]+)\)", text("README.md")))
    assert {*shown.values()} >= {"whale.png", "street.svg"}
    assert all(len(words) > 30 for words in shown)
    assert [p.name for p in (ROOT / "docs" / "pictures").iterdir() if p.stat().st_size > 150_000] == []


def test_where_the_readme_shows_the_demo_it_says_that_it_is_calibrated() -> None:
    after = text("README.md").partition("docs/pictures/tiers.png)")[2]
    assert "calibrated to the two numbers" in " ".join(after[:600].split())


# the tree


def test_the_changelog_has_this_version() -> None:
    assert re.search(rf"^## {re.escape(__version__)}\b", text("CHANGELOG.md"), re.MULTILINE)
    assert tomllib.loads(text("pyproject.toml"))["project"]["version"] == __version__


def test_every_table_of_the_contract_has_its_heading() -> None:
    heads = re.findall(r"^## `(\w+)`", text("docs/data-contract.md"), re.MULTILINE)
    assert heads == list(CONTRACT)


def test_every_decision_opens_with_its_title() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    assert not [page.name for page in pages if not page.read_text("utf-8").startswith("# ")]


MACHINE = re.compile(r"/(?:home|Users|root|work)/[\w.-]+/|/tmp/[a-z]\w+\.[\w/]+|C:\\Users")
HOSTS = {"pypi.org", "files.pythonhosted.org"}


def tree() -> list[Path]:
    """Every file that belongs to the project."""
    said = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    if said.returncode:
        lacking("this is no clone, so nobody knows which files belong to it")
    return [ROOT / name for name in said.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_file_names_a_place_of_the_machine_it_was_made_on() -> None:
    found = {}
    for file in tree():
        if file.suffix in {".png", ".parquet", ".xlsx", ".zip", ".gz"} or file == Path(__file__):
            continue
        if hits := MACHINE.findall(file.read_text("utf-8", errors="ignore")):
            found[str(file.relative_to(ROOT))] = hits[:3]
    assert found == {}


def test_packages_come_from_the_public_registry_alone() -> None:
    assert set(re.findall(r"https?://([^/\"\s]+)", text("uv.lock"))) <= HOSTS
    assert not re.findall(r"(?:index-url|extra-index|\[\[tool\.uv\.index)", text("pyproject.toml") + text("Makefile"))


def test_every_shipped_policy_is_documented_with_its_tiers() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| ([^|]+) \|", text("docs/policies.md"), re.MULTILINE)
    assert dict(rows) == {name: ", ".join(shipped(name).names) for name in ORDER}
