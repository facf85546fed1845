"""Whom a business talks to, what was said, and what came back."""
