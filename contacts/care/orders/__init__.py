"""Watching orders: each account's own rhythm, what departs from it, and the words for that."""
