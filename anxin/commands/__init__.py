"""The command line: `anxin serve`, `demo`, `worker`, `migrate`, `staff`, `rules`, `audit`, `documents`."""
