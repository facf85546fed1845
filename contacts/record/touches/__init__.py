"""Touches from the queue to their answers, and how their enrolments go on."""
