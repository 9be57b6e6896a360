"""The command line. Only this package prints, writes files and reads the environment."""


def main() -> None:
    """Entry point of the `coranalyze` command."""
    import os
    import sys

    try:
        from coranalyze.cli.app import run

        run()
        code: object = 0
    except SystemExit as ended:
        code = ended.code
    except KeyboardInterrupt:
        code = 130
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        # Whoever read the output is gone.
        code = code or 0
    # Taking a large analysis apart object by object only to end would cost a tenth of the run.
    os._exit(code if isinstance(code, int) else int(code is not None))
