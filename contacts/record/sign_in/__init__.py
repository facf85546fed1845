"""Who may sign in to the owners' board, and who has."""
