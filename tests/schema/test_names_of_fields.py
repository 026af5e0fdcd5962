"""One name, one type: screens select what different things have in common without giving it other names."""

from collections import defaultdict

import pytest

from schema.root import schema

TYPES = schema._schema.type_map
WAIT = {
    "Node": {"contractAmount", "kind", "kindLabel", "name", "state"},
    "Case": set(),
}
"""What waits for drafts of a type of their own, and for states with their noun; this list may only shrink."""


@pytest.mark.parametrize("interface", WAIT)
def test_a_name_has_one_type_in_all_that_has_it(interface: str):
    types = defaultdict[str, set[str]](set)
    for possible in schema._schema.get_possible_types(TYPES[interface]):  # type: ignore[arg-type]
        for name, field in possible.fields.items():
            types[name].add(str(field.type))
    assert {name for name, found in types.items() if len(found) > 1} == WAIT[interface]


def test_every_case_and_all_that_has_a_state_says_it_for_people():
    for type in TYPES.values():
        fields = getattr(type, "fields", {})
        if "Node" in {one.name for one in getattr(type, "interfaces", ())} and {"state", "guaranteeState"} & set(
            fields
        ):
            assert str(fields["stateLabel"].type) == "String!", type.name
