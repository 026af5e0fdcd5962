"""The record of what was done: append-only, hash-chained, one chain a region.

A chain's head row is locked while an entry is appended: entries of one region come one after another, other regions
do not wait. The chain shows changes, gaps and reordering. What it cannot show by itself, a cut at its end, shows
against an anchor kept outside the database (``anxin audit verify --anchor FILE`` keeps one); so does a rewritten end,
against the heads that the worker signs every hour (``signing``).
"""
