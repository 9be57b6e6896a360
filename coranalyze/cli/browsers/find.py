"""Which browsers this system has, and where."""

import os
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple


class Family(StrEnum):
    """Browsers that take the same options."""

    CHROMIUM = "chromium"
    FIREFOX = "firefox"


class Browser(NamedTuple):
    """An installed browser."""

    name: str
    """One of `NAMES`, or the file name of an executable that was given by its path."""
    family: Family
    path: str
    """The executable."""


class NoBrowserError(Exception):
    """None that was asked for; the message says what to do."""


class _Places(NamedTuple):
    commands: tuple[str, ...]
    """On the PATH."""
    mac: str
    """In an Applications folder."""
    windows: str
    """In a program folder."""


NAMES: dict[str, _Places] = {
    "chromium": _Places(
        ("chromium", "chromium-browser"), "Chromium.app/Contents/MacOS/Chromium", r"Chromium\Application\chrome.exe"
    ),
    "chrome": _Places(
        ("google-chrome-stable", "google-chrome", "chrome"),
        "Google Chrome.app/Contents/MacOS/Google Chrome",
        r"Google\Chrome\Application\chrome.exe",
    ),
    "edge": _Places(
        ("microsoft-edge-stable", "microsoft-edge"),
        "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
        r"Microsoft\Edge\Application\msedge.exe",
    ),
    "firefox": _Places(
        ("firefox", "firefox-esr"), "Firefox.app/Contents/MacOS/firefox", r"Mozilla Firefox\firefox.exe"
    ),
}
"""Names that may be asked for, in the order in which they are tried."""


def find_browser(wanted: str = "auto") -> Browser:
    """The browser of that name or path, or with `auto` the first one; raises NoBrowserError."""
    if os.sep in wanted or "/" in wanted:
        path = shutil.which(os.path.expanduser(wanted))
        if path is None:
            raise NoBrowserError(
                f"{wanted} is no program that can be run; give the path of a browser, or one of {_names()}"
            )
        return Browser(Path(path).name, _family(Path(path).name), path)
    if wanted != "auto" and wanted not in NAMES:
        raise NoBrowserError(
            f"no browser is called {wanted!r} here; say one of auto, {_names()}, or the path of a program"
        )
    for name in NAMES if wanted == "auto" else (wanted,):
        for path in _paths(NAMES[name]):
            if found := shutil.which(path):
                return Browser(name, _family(name), found)
    missing = "no Chromium, Chrome, Edge or Firefox" if wanted == "auto" else f"no {wanted}"
    raise NoBrowserError(
        f"{missing} was found; install one, name its program with --browser PATH, "
        "or use --no-browser and point any browser at the proxy"
    )


def _names() -> str:
    return ", ".join(NAMES)


def _family(name: str) -> Family:
    # Firefox's relatives keep its options; everything else that takes a proxy on the command line is Chromium.
    lower = name.lower()
    relatives = ("firefox", "librewolf", "waterfox", "zen")
    return Family.FIREFOX if any(word in lower for word in relatives) else Family.CHROMIUM


def _paths(places: _Places) -> list[str]:
    if sys.platform == "darwin":
        return [f"{folder}/{places.mac}" for folder in ("/Applications", os.path.expanduser("~/Applications"))]
    if sys.platform == "win32":
        folders = [os.environ.get(name) for name in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData")]
        return [rf"{folder}\{places.windows}" for folder in folders if folder]
    return list(places.commands)
