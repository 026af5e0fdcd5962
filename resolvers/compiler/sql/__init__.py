"""An operation's selections in SQL: tables, objects, connections, and each value's JSON text."""
