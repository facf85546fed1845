"""Webhooks, the customer's pages and the read-only view of the record."""
