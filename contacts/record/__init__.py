"""The record: the tables, their engine, queries and migrations. Callers own the transaction."""
