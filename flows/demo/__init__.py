"""`touchline demo`: thirty days of a sample business on a simulated clock, in real flow runs."""
