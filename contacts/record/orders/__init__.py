"""What customers bought and have of us: orders and their rhythm, signals, contracts, benefits."""
