"""The owners' board: its pages, who may see and change what on them, and signing in."""
