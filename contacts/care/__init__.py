"""Nobody goes stale: the freshness proof, and what an owner should do next."""
