"""Captures larger than memory: judged piece by piece, by one process, several, or a cluster."""
