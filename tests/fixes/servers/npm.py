"""Packages from npm, installed once and kept between runs."""

import os
import subprocess
from hashlib import blake2b
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coranalyze-tests"


def installed(*packages: str) -> Path:
    """The folder that holds `node_modules` with these packages (`express@5.3.0`)."""
    folder = CACHE / f"npm-{blake2b(' '.join(packages).encode(), digest_size=6).hexdigest()}"
    done = folder / "done"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", folder, *packages],
            check=True, stdout=subprocess.DEVNULL, timeout=300,
        )  # fmt: skip
        done.touch()
    return folder
