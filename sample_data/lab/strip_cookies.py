"""Takes out of a HAR what a HAR sanitizer takes out: cookies and authorization, and nothing else.

    python sample_data/lab/strip_cookies.py IN.har OUT.har

The same input gives the same output, byte for byte.
"""

import json
import sys
from pathlib import Path
from typing import Any

SECRET = {"cookie", "authorization", "set-cookie"}


def strip(har: dict[str, Any]) -> dict[str, Any]:
    for entry in har["log"]["entries"]:
        for side in (entry["request"], entry["response"]):
            side["cookies"] = []
            side["headers"] = [header for header in side["headers"] if header["name"].lower() not in SECRET]
    return har


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    target.write_text(json.dumps(strip(json.loads(source.read_text("utf-8"))), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
