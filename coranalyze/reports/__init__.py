"""Reports: pure functions from an analysis to text; whoever calls them prints or writes."""
