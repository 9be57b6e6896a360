"""coranalyze: browser-exact CORS verdicts from captured traffic."""
