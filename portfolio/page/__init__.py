"""The page: built from results alone, self-contained, readable without JavaScript."""
