"""Where banks, guarantee companies and insurers serve: an ``InstitutionService`` for each institution, region and kind.

The organisation itself stays in ``core.identity``. One credit code may be two kinds: a kind is a service, no suffix of
a code. Of an institution's services only live ones are offered, and only in their own region.
"""
