"""How fast the API reads, on the reader's own machine: ``make bench``. Ratios within one run, never promises."""
