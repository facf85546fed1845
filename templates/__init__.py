"""The words that ship with Touchline: messages, briefs, web pages and the starter workspace."""
