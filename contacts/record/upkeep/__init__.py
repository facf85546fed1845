"""The record's own health: its age, its beats, what stands still, and what is removed."""
