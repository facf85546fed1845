"""What the record holds of one customer: given to them whole, or erased."""
