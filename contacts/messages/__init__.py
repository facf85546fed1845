"""Template + customer -> words: e-mail, SMS and the brief an owner gets before a call."""
