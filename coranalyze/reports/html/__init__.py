"""The report as one HTML file: it loads nothing, sends nothing, and reads well without its script."""

from coranalyze.reports.html.page import render

__all__ = ["render"]
