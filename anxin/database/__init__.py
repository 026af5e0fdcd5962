"""The database as a thing to be run: its tables' migrations, and the server that comes with the platform."""
