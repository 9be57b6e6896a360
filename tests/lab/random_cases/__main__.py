"""Draw cases, let a browser do them, write the run and score it."""

import argparse
import json
from pathlib import Path

from tests.lab.random_cases.draw import draw
from tests.lab.random_cases.run import run
from tests.lab.random_cases.words import PAGES
from tests.oracle.score import report, score


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.random_cases", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of the cases to run, of those drawn")
    parser.add_argument("--again", type=Path, help="cases from a file, one as JSON a line, instead of drawn ones")
    parser.add_argument("--browser", choices=("chromium", "firefox", "webkit"), default="chromium")
    parser.add_argument("--page", choices=sorted(PAGES), default="http")
    parser.add_argument("--direct", action="store_true", help="Chromium without a proxy: DevTools HARs only")
    parser.add_argument("--http2", action="store_true", help="between browser and proxy, for https")
    parser.add_argument("--out", type=Path, default=Path("random-run"))
    parser.add_argument("--show", type=int, default=5, metavar="N", help="examples to print of every class but agree")
    options = parser.parse_args()
    page = PAGES[options.page]
    if options.again is not None:
        drawn = iter([json.loads(line) for line in options.again.read_text("utf-8").splitlines()])
    else:
        drawn = draw(options.seed, options.cases, page)
    cases = [case for case in drawn if not options.only or case["id"] in options.only]
    for capture in run(cases, options.browser, page, options.out, direct=options.direct, http2=options.http2):
        report(options.out, capture, score(options.out, capture), options.show)


if __name__ == "__main__":
    main()
