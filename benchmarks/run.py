"""`make bench`: all that takes time, in one table, as ratios to yardsticks of the same run.

Each subject is a module beside this one and can be run alone (`python -m benchmarks.hars`). The time is that of the
processor; what starts anew in each run of the command (Python, imports) is measured in `start_up` and left out of the
others. The aims of HAR files and of the live proxy are those of the design, all others what it takes now, rounded up.
"""

import argparse

from benchmarks import capture_files, flows, hars, live, measure, reports, stages, start_up

SUBJECTS = {
    "hars": hars.groups,
    "flows": flows.groups,
    "capture_files": capture_files.groups,
    "stages": stages.groups,
    "reports": reports.groups,
    "start_up": start_up.groups,
    "live": live.groups,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    measure.add_options(parser)
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, default=list(SUBJECTS), metavar="SUBJECT",
                        help=f"some of: {', '.join(SUBJECTS)}")  # fmt: skip
    options = parser.parse_args()
    measure.run(options, [SUBJECTS[name] for name in options.only])


if __name__ == "__main__":
    main()
