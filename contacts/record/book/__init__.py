"""Owners and their books of customers: who is there, who stands in, who takes over."""
