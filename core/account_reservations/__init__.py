"""Booking online, at a bank, the opening of the special account (工资保证金专户) that cash is paid into (XM-23).

The bank confirms or refuses. Cash is paid in and reported as ever (``core.wage_deposits``), whichever bank keeps the
account: who has one already books none.
"""
