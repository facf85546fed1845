"""What customers agreed to, took back and wish; what of it forbids or changes a touch."""
