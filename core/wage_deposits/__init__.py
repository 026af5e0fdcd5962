"""The migrant workers' wage deposit (农民工工资保证金), from quota to cancellation.

A quota application settles whether and how much; once approved there is a ``WageDeposit``. It is secured by cash or by
a letter of guarantee obtained offline and handed in, then filed, then cancelled after the project's completion. Each of
these steps is a case of ``core.reviews``. Exempt and deferred applications end with their approval (BX-058, BX-059).
"""
