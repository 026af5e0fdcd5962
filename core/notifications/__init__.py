"""Messages: written with the act they tell of, sent by the worker once it is committed, at least once each.

The text comes from the city's ruleset. A message keeps one ``Message-ID`` for all its tries, so that a receiver sees a
repeat as what it is. One-time codes are sent the same way; their text is wiped once sent.
"""
