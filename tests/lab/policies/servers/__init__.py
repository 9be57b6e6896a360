"""Servers of the cases, one process or thread for each stack; what they answer goes by the Host header."""
