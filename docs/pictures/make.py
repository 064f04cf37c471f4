"""Make the pictures of the README again: a demo shop, its reports, and photographs of some of their sections.

    .venv/bin/python docs/pictures/make.py

Needs chromium. The same program gives the same shop, so the pictures change only when the report does.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
DUECARE = Path(sys.executable).parent / "duecare"
PICTURES = {
    "report.html": {"head": "header.top", "whale": "#whale", "tiers": "#tiers"},
    "report-service.html": {"promises": "#promises", "effects": "#effects"},
}
"""Which part of which page each picture shows."""

MARGIN, MOST_BYTES = 20, 150_000
LAID_OUT = """
nav, details, .csv, .missing, #firm, #firm ~ *, #policy, #policy ~ *, #promises h3, #promises h3 ~ *, #effects h3, #effects h3 ~ * { display: none }
section { border: 0 !important; margin: 0 !important; padding: 1rem 0 2rem !important }
"""
"""What a photograph does without: what one would open, and the distance between sections."""


def main() -> None:
    """Walk the demo and photograph its report."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("there is no chromium; apt-get install chromium")
    with TemporaryDirectory() as folder, sync_playwright() as play:
        done = subprocess.run(  # noqa: S603 - our own command
            [str(DUECARE), "demo", "demo", "--no-serve"], cwd=folder, check=True, capture_output=True, text=True
        )
        sys.stdout.write(done.stdout)
        opened = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for page, parts in PICTURES.items():
            _photograph(opened, Path(folder) / "demo" / page, parts)
        opened.close()


def _photograph(browser: Browser, report: Path, parts: Mapping[str, str]) -> None:
    page = browser.new_context(viewport={"width": 900, "height": 900}, device_scale_factor=1.25, color_scheme="light").new_page()
    page.goto(report.as_uri())
    page.add_style_tag(content=LAID_OUT)
    for name, part in parts.items():
        picture = HERE / f"{name}.png"
        box = page.locator(part).first.bounding_box() or sys.exit(f"the report has no {part}")
        clip = {"x": box["x"] - MARGIN, "y": box["y"], "width": box["width"] + 2 * MARGIN, "height": box["height"]}
        page.screenshot(path=picture, clip=clip, full_page=True)
        if picture.stat().st_size > MOST_BYTES:
            sys.exit(f"{picture.name} is larger than {MOST_BYTES:,} bytes")


if __name__ == "__main__":
    main()
