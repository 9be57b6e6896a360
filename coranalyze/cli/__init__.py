"""The command line. Only this package prints, writes files and reads the environment."""


def main() -> None:
    """Entry point of the `coranalyze` command."""
    import os
    import signal
    import sys
    from contextlib import suppress

    endings = {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}
    # A closed stream is None; a file opened later would get its number, and what is printed.
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115
    try:
        # As Ctrl-C does, they end the work and not the cleaning up; what the caller ignores (nohup) stays ignored.
        for number in endings:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda number, _: sys.exit(128 + number))
        from coranalyze.cli.app import run
        from coranalyze.cli.bus_error import tell_of_bus_errors

        tell_of_bus_errors()
        run()
        code: object = 0
    except SystemExit as ended:
        code = ended.code
    except KeyboardInterrupt:
        code = 130
    for number in endings | {signal.SIGINT}:
        signal.signal(number, signal.SIG_IGN)
    if "coranalyze.cli.outputs" in sys.modules:
        from coranalyze.cli.outputs import discard_unfinished

        discard_unfinished()
    if "multiprocessing.util" in sys.modules:
        # What it does at the end of a process, which is ended below without: its semaphores outlive them else.
        sys.modules["multiprocessing.util"]._exit_function()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass  # Whoever read the output is gone.
    except OSError:
        code = code or 2
    with suppress(OSError):  # where nobody takes what stderr tells, it is lost
        sys.stderr.flush()
    # Taking a large analysis apart object by object only to end would cost a tenth of the run.
    os._exit(code if isinstance(code, int) else int(code is not None))
