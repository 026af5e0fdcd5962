"""The real application on a real PostgreSQL, spoken to as its clients do: GraphQL over HTTP."""

pytest_plugins = ["tests.postgres", "tests.helpers.templates", "tests.browser", "tests.world"]
