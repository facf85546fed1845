"""When: one file per Prefect flow, the schedule as a table, and the command line."""
