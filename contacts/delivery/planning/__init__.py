"""The planner: who starts on a cadence, and what is planned for whom and when."""
