"""The versions of the schema, in order; run by `contacts.record.migrate`."""
