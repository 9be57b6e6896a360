"""The browser's console: what its messages say, and which request each is about."""
