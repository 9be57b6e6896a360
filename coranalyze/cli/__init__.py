"""The command line. Only this package prints, writes files and reads the environment."""


def main() -> None:
    """Entry point of the `coranalyze` command."""
    from coranalyze.cli.app import run

    run()
