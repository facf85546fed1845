"""Events and replies -> the record: verified, parsed, stored, applied."""
