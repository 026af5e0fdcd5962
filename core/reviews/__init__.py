"""One mechanism for everything that is submitted, reviewed, sent back and corrected.

A ``Case`` is what is applied for (a certification, a quota, a filing, …); a ``Review`` is one round of looking at it. A
city's ruleset says which procedures exist, what they ask for, who reviews and within how long; what follows an approval
each area says for its own cases by registering with ``actions.on_approved``.
"""
