"""One module per schema version, named for its revision."""
