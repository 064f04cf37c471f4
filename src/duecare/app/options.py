"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

SettingsFile = Annotated[Path, typer.Option("--settings", "-s", help="The settings file.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
DEFAULT = Path("duecare.toml")
