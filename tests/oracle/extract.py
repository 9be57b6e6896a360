"""Cut a small part out of a full browser run for the repository: `python -m tests.oracle.extract RUN OUT [--every N]`.

A run is a folder with `cases.jsonl.gz`, `truth.jsonl.gz` and the captures of the same run. What is cut keeps every
entry of the chosen cases, in order and untouched except for fields that no reader looks at.
"""

import argparse
import gzip
import io
import json
import re
from pathlib import Path
from typing import Any, BinaryIO, cast

CASE = re.compile(r"/case/(\d+)/")
DROPPED = ("cookies", "queryString", "postData", "text", "timings", "cache", "stack")


def case_of(url: str) -> int | None:
    match = CASE.search(url)
    return int(match[1]) if match else None


def write(path: Path, data: bytes) -> None:
    # mtime 0: the same input gives the same bytes.
    with path.open("wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, compresslevel=9) as packed:
        packed.write(data)


def cut_har(source: Path, target: Path, chosen: set[int]) -> None:
    har = json.loads(gzip.decompress(source.read_bytes()))
    entries: list[dict[str, Any]] = []
    for entry in har["log"]["entries"]:
        case = case_of(entry["request"]["url"])
        # Documents are kept: they tell which pages were open.
        if case in chosen or (case is None and entry.get("_resourceType") == "document"):
            entries.append(entry)
            for part in (
                entry,
                entry["request"],
                entry["response"],
                entry["response"].get("content", {}),
                entry.get("_initiator") or {},
            ):
                for name in DROPPED:
                    (part or {}).pop(name, None)
    har["log"]["entries"] = entries
    har["log"]["pages"] = har["log"].get("pages", [])[:1]
    write(target, json.dumps(har, separators=(",", ":")).encode())


def cut_flow(source: Path, target: Path, chosen: set[int]) -> None:
    from mitmproxy.http import HTTPFlow
    from mitmproxy.io import FlowReader, FlowWriter

    packed = io.BytesIO()
    writer = FlowWriter(packed)  # type: ignore[no-untyped-call]
    with gzip.open(source) as file:
        for flow in FlowReader(cast(BinaryIO, file)).stream():
            if isinstance(flow, HTTPFlow) and case_of(flow.request.url) in chosen:
                writer.add(flow)
    write(target, packed.getvalue())


def cut_lines(source: Path, target: Path, chosen: set[int], fields: tuple[str, ...]) -> None:
    kept = []
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["id"] in chosen:
                kept.append(json.dumps({k: v for k, v in record.items() if k in fields}, separators=(",", ":")))
    write(target, ("\n".join(kept) + "\n").encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--every", type=int, default=5, help="keep every N-th case")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with gzip.open(options.run / "cases.jsonl.gz", "rt", encoding="utf-8") as lines:
        chosen = {json.loads(line)["id"] for i, line in enumerate(lines) if i % options.every == 0}
    cut_lines(
        options.run / "truth.jsonl.gz", options.out / "truth.jsonl.gz", chosen, ("id", "verdict", "steps", "server")
    )
    cut_lines(options.run / "cases.jsonl.gz", options.out / "cases.jsonl.gz", chosen, ("id", "family", "tags"))
    for har in sorted(options.run.glob("*.har.gz")):
        cut_har(har, options.out / har.name, chosen)
    for flow in sorted(options.run.glob("*.flow.gz")):
        cut_flow(flow, options.out / flow.name, chosen)


if __name__ == "__main__":
    main()
