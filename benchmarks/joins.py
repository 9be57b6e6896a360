"""`python -m benchmarks.joins [--exchanges N]`: joining partial results in order, against joining them as a tree.

What the parts of a capture add up to is packed, as it is on its way from a worker. In order, one process unpacks and
takes in one after the other. In a tree, each node unpacks some, joins them and packs the result for the node above.
`longest way` is what is left with a worker for every node: the dearest node of each level, and unpacking the last.
"""

import argparse
import gc
import pickle
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import large_capture
from coranalyze.large.cuts import Cuts
from coranalyze.large.piece import Options, Part, Piece, judge, tidy
from coranalyze.large.sums import Sums

FANS = (2, 4, 8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exchanges", type=int, default=1_000_000)
    exchanges = parser.parse_args().exchanges
    # As in every run of the command.
    gc.disable()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "joins.cors.jsonl.gz"
        large_capture.write(path, exchanges=exchanges)
        packs = list(packed_sums(path))
    size = sum(map(len, packs)) / len(packs)
    print(f"{len(packs)} parts of {exchanges:,} exchanges, {size / 1e6:.1f} MB each")
    print(f"{'':<12}{'all nodes':>12}{'longest way':>13}")
    _, alone = joined(packs)
    print(f"{'in order':<12}{alone:10.2f} s{alone:11.2f} s")
    for fan in FANS:
        level, everything, longest = packs, 0.0, 0.0
        while len(level) > 1:
            nodes = [node(level[at : at + fan]) for at in range(0, len(level), fan)]
            level = [packed for packed, _ in nodes]
            everything += sum(cost for _, cost in nodes)
            longest += max(cost for _, cost in nodes)
        last = joined(level)[1]
        print(f"{f'tree of {fan}':<12}{everything + last:10.2f} s{longest + last:11.2f} s")


def packed_sums(path: Path) -> Iterator[bytes]:
    """Of every part of a capture file."""
    options = Options()
    for task in Cuts([str(path)], options):
        for each in judge(task, options) if isinstance(task, Part) else ():
            if isinstance(each, Piece):
                yield pickle.dumps(each.sums, pickle.HIGHEST_PROTOCOL)


def joined(packs: list[bytes]) -> tuple[Sums, float]:
    """What they add up to, and the seconds of processor time that it took."""
    tidy()
    started = time.process_time()
    sums = Sums()
    for packed in packs:
        sums.add(pickle.loads(packed))
    return sums, time.process_time() - started


def node(packs: list[bytes]) -> tuple[bytes, float]:
    """One node of a tree: joined and packed again, and the seconds of processor time."""
    sums, cost = joined(packs)
    started = time.process_time()
    packed = pickle.dumps(sums, pickle.HIGHEST_PROTOCOL)
    return packed, cost + time.process_time() - started


if __name__ == "__main__":
    main()
