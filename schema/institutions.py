"""Banks, insurers and guarantee companies."""

import strawberry

from resolvers import institutions
from schema.fields import root_field
from schema.identity import Institution
from schema.paging import Connection


@strawberry.type
class InstitutionQueries:
    institutions: Connection[Institution] = root_field(
        institutions.page, "Institutions to choose from, such as the banks (银行)."
    )
