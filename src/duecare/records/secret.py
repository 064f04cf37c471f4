"""Secrets are named, never written: `env:NAME` is a variable of this process, `file:PATH` a file beside the settings."""

import os
from pathlib import Path

from duecare.words import BadSettings

NAMES = ("env:", "file:")


def read_secret(said: str, base: Path, *, whose: str) -> str:
    """Return the secret that a setting names.

    Args:
        said: `env:NAME` or `file:PATH`.
        base: the folder that a relative path is under.
        whose: what names it, for the error.

    Raises:
        BadSettings: it is written in the open, or is not there.
    """
    kind, _, name = said.partition(":")
    if not said.startswith(NAMES):
        raise BadSettings(f"{whose} has its secret in the open", mend='put it into an environment variable and write secret = "env:NAME"')
    if kind == "env":
        if name not in os.environ:
            raise BadSettings(
                f"{whose} names the environment variable {name}, and it is not set",
                mend=f"export {name}",
                looked=("this process's environment",),
            )
        return os.environ[name].strip()
    path = base / name
    if not path.is_file():
        raise BadSettings(
            f"{whose} names the secret file {name}, and it is not there", mend="write it, or correct the path", looked=(str(path),)
        )
    return path.read_text("utf-8").strip()
