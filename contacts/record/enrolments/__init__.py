"""Customers' ways through cadences: begun and planned, moved, taken up again, and counted."""
