"""How many touches a second of CPU makes, beside a raw floor and a naive loop; and what size costs.

What the stand-in asks for is written out here, so that the rivals import nothing of the product.
"""

API_KEY = "SG.standin-rehearsal-key"
ACCOUNT_SID = "AC00000000000000000000000057a4d1"
AUTH_TOKEN = "standin-rehearsal-token"  # noqa: S105  # for the stand-in's API only
