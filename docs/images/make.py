"""Take the pictures of the report anew: `python docs/images/make.py`; needs Debian's chromium and the test extra."""

import os
import shutil
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from coranalyze.analysis import analyze
from coranalyze.reports import html

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "sample_data"


class Picture(NamedTuple):
    name: str
    capture: str
    fragment: str
    theme: Literal["light", "dark"]
    width: int
    height: int


PICTURES = (
    Picture("report-shop", "shop-chrome.har", "", "light", 1180, 880),
    Picture("report-near-miss", "near-miss-firefox.har", "#failures", "dark", 1180, 880),
    Picture("report-bank", "bank-mitmproxy.har", "#findings", "light", 1180, 880),
    Picture("report-phone", "shop-chrome.har", "#failure-1", "light", 390, 800),
)


def take(browser: Browser, picture: Picture, folder: Path) -> bytes:
    file = folder / f"{picture.name}.html"
    file.write_text(html.render(analyze(str(SAMPLES / picture.capture))), encoding="utf-8")
    page = browser.new_page(
        viewport={"width": picture.width, "height": picture.height}, color_scheme=picture.theme, device_scale_factor=1.5
    )
    page.goto(file.as_uri() + picture.fragment)
    taken = page.screenshot()
    page.close()
    return taken


def small(taken: bytes) -> bytes:
    """With 128 colours, which is plenty for a page of text."""
    file = BytesIO()
    Image.open(BytesIO(taken)).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def main() -> None:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        for picture in PICTURES:
            written = small(take(browser, picture, Path(folder)))
            (HERE / f"{picture.name}.png").write_bytes(written)
            print(f"{picture.name}.png {len(written) / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
