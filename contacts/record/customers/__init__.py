"""What is known of customers: facts, addresses, zones, and how long they have been silent."""
