"""Sending that waits for a person's word after a pause or a restored backup, and how it goes on."""
