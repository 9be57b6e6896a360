"""Where a large capture is cut by another program while it is read: a sentence, and no half-written file."""

import ctypes
import os
import signal

_SENTENCE = b"coranalyze: a capture was cut by another program while it was read: copy it, then read the copy\n"


def _end(number: int) -> None:
    from coranalyze.cli.outputs import discard_unfinished

    os.write(2, _SENTENCE)
    discard_unfinished()
    os._exit(2)


_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int)(_end)


def tell_of_bus_errors() -> None:
    """From now on SIGBUS ends the process with a sentence and exit code 2.

    Large files are mapped into memory, and the system sends this signal where a page is gone. Python's own handlers
    run after the instruction that failed, which never ends; so this one is called by the C library.
    """
    if hasattr(signal, "SIGBUS"):
        ctypes.CDLL(None).signal(signal.SIGBUS, _HANDLER)
