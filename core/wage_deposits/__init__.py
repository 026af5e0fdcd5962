"""The migrant workers' wage deposit (农民工工资保证金), from quota to cancellation.

A quota application settles whether and how much; once approved there is a ``WageDeposit``. It is secured by cash, by a
letter of guarantee that a bank returns, or by one obtained offline and handed in; then filed, then cancelled after the
project's completion. Each of these steps is a case of ``core.reviews``. An exempt application ends with its approval
(BX-058); a deferred one waits for an ordinary quota (BX-059).
"""
