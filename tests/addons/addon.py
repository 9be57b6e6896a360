"""The addon as mitmproxy loads it: from its file, by path."""

from coranalyze.cli.addon import load, path

PATH = path()
ADDON = load()
