"""By when: due dates from the rules, and the alerts that come when a date draws near or passes."""
