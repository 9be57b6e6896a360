"""The engine: exchanges in, fetches with their verdicts out. No I/O, no clock but the capture's own."""

from coranalyze.engine.engine import Engine

__all__ = ["Engine"]
