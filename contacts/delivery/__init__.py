"""Plan, claim, gate, send, record: how a planned touch becomes a message, at most once."""
