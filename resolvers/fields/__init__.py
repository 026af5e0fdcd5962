"""The words of who answers a field, on one page: what is said in them serves both ways of reading.

A root field that ``lists`` the rows of a ``Listing`` (a table and its order) gives the conditions that its own
arguments make, and gets the arguments that say which page; ``newest_first`` is all of that for a list without a filter;
what a filter looks for in a text, the text ``contains``, or ``begins`` with; a column has ``one_of`` some values, or
is ``between`` two. One that reads otherwise, as a ``RowRequest``,
``returns_request`` and touches nothing. A field of a row is ``computed`` from columns of it alone, ``batched`` where
many rows are answered at once, ``matching`` where it lists rows that meet a condition, ``pointing`` where two columns
name one row of one of several tables; ``by_id`` reads one that the caller may see.
"""

from resolvers.fields.connections import (
    Listing,
    Narrowing,
    PageRequest,
    begins,
    between,
    contains,
    lists,
    newest_first,
    one_of,
)
from resolvers.fields.marks import batched, computed, matching, pointing, returns_request
from resolvers.fields.relations import RowRequest, by_id

__all__ = [
    "Listing",
    "Narrowing",
    "PageRequest",
    "RowRequest",
    "batched",
    "begins",
    "between",
    "by_id",
    "computed",
    "contains",
    "lists",
    "matching",
    "newest_first",
    "one_of",
    "pointing",
    "returns_request",
]
