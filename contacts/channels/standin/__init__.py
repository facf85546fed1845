"""The stand-in: a local server that plays SendGrid and Twilio, for rehearsals and tests."""
