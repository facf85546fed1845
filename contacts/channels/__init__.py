"""The outside world, one module per provider, both directions; and the stand-in for rehearsal."""
