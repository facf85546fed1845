"""Messages that are no touches: answers to STOP, START and HELP, and the owners' morning mail."""
