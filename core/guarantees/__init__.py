"""Guarantees: the instrument, the orders and submissions that bring it, and its versions.

A ``Guarantee`` is no case: it has one id for life, whatever becomes of it. It comes by an order that an institution
issues it on (``GuaranteeOrder``), or by a letter obtained elsewhere and handed in (``LetterSubmission``). What it
secures belongs to another area, which answers questions about it (``secured``): this one knows neither wage deposits
nor payment security.
"""
