"""Messages of which nobody knows whether they arrived, and how that is found out."""
