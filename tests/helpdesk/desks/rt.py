"""A real Request Tracker 5 in a temporary folder, configured by the files that Duecare writes, on a port of this machine."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from duecare.helpdesk.carry import Carrier
from duecare.helpdesk.rt_rules import fields_file, settings_file
from duecare.helpdesk.serving import Serving

# ruff: noqa: ANN401 - JSON is anything

SERVER, SETUP = "/usr/share/request-tracker5/libexec/rt-server", "rt-setup-database-5"
USER, SECRET = "root", "password"
OURS = """
Set($rtname, 'test.local'); Set($Organization, 'test.local'); Set($Timezone, 'Europe/Berlin');
Set($WebDomain, '127.0.0.1'); Set($WebPort, PORT); Set($WebPath, ''); Set($WebBaseURL, 'http://127.0.0.1:PORT');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, 'HOME/rt.sqlite'); Set($MailCommand, 'testfile');
Set($LogToSyslog, undef); Set($LogToSTDERR, 'error'); Set($RestrictReferrer, 0); Set($WebSessionClass, 'Apache::Session::File');
Set($MasonSessionDir, 'HOME/sessions');
1;
"""


def is_here() -> bool:
    """Tell whether Request Tracker is installed."""
    return Path(SERVER).exists() and shutil.which(SETUP) is not None


class Rt:
    """One that runs."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.people: list[str] = []
        """Users of tests that take the same ones."""
        self.carrier: Carrier | None = None
        """One that was let in, for tests that share it: to be let in takes a second."""
        self.client = httpx.Client(base_url=url, timeout=30)
        self.client.post("/NoAuth/Login.html", data={"user": USER, "pass": SECRET})

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Ask over REST2 as an administrator."""
        answer = self.client.request(method, f"/REST/2.0/{path}", json=body, params=query or None)
        answer.raise_for_status()
        return answer.json()

    def user(self, email: str, **more: Any) -> str:
        """Make a user and return their number."""
        answer = self.client.post("/REST/2.0/user", json={"Name": email, "EmailAddress": email, **more})
        answer.raise_for_status()
        return answer.headers["location"].rstrip("/").rpartition("/")[2]

    def fields(self, number: str) -> dict[str, str]:
        """What a user's own fields show."""
        shown = self.ask("GET", f"user/{number}")["CustomFields"]
        return {one["name"]: one["values"][0] for one in shown if one["values"] and one["values"][0]}


@contextmanager
def running(home: Path, serving: Serving) -> Generator[Rt]:
    """Make a Request Tracker, start it, and stop it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = home / "config"
    for folder in (config, home / "sessions"):
        folder.mkdir(parents=True)
    (config / "50-ours.pm").write_text(OURS.replace("PORT", str(port)).replace("HOME", str(home)), "utf-8")
    (config / "99-duecare.pm").write_text(settings_file(serving), "utf-8")
    (home / "duecare-rt.pl").write_text(fields_file(serving), "utf-8")
    world = {**os.environ, "RT_SITE_CONFIG_DIR": str(config)}
    _done([SETUP, "--action", "init"], world)
    for _ in range(2):  # it may be loaded as often as one likes
        _done([SETUP, "--action", "insert", "--datafile", str(home / "duecare-rt.pl")], world)
    command = [SERVER, "--server", "Standalone", "--port", str(port), "--host", "127.0.0.1"]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=world, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        tracker = Rt(_up(f"http://127.0.0.1:{port}", server, home))
        yield tracker
        tracker.client.close()
        if tracker.carrier is not None:
            tracker.carrier.close()
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def _up(url: str, server: "subprocess.Popen[bytes]", home: Path) -> str:
    for _ in range(240):
        try:
            httpx.get(url, timeout=5)
        except httpx.TransportError:
            if server.poll() is not None:
                break
            time.sleep(0.25)
        else:
            return url
    raise RuntimeError((home / "server.log").read_text("utf-8", "replace")[-2000:])


def _done(command: list[str], world: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=world, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"{command} failed: {(done.stdout + done.stderr)[-1500:]}")
