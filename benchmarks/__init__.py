"""How many touches a second of CPU makes, beside a raw floor and a naive loop."""

API_KEY = "SG.standin-rehearsal-key"
"""What the stand-in asks for; written out, so that the rivals import nothing of the product."""
