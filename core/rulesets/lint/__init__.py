"""What is wrong with a ruleset beyond its shape, each problem with file, line, cause and remedy."""
