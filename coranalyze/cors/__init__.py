"""The CORS protocol of the Fetch standard, in the standard's words and order, as pure functions."""
