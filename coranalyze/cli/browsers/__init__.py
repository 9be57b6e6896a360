"""A browser of this system, opened for one capture in a profile of its own that is gone afterwards."""
