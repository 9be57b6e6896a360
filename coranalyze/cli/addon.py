"""`coranalyze addon`"""


def addon() -> None:
    """Print the path of the mitmproxy addon: `mitmdump -s "$(coranalyze addon)"`."""
    from coranalyze.cli import streams
    from coranalyze.cli.recorder import addon_path

    streams.write_text(f"{addon_path()}\n")
