"""`touchline.toml` and what stands beside it: read with positions, faults told in plain words."""
