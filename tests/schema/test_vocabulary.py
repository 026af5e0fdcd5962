"""The words of the schema: an English sentence for everything, with the Chinese term in brackets."""

import re

from schema import vocabulary
from schema.root import schema as api
from schema.vocabulary.names import NAMES
from schema.vocabulary.values import VALUES

TYPES = {type.name: type.description for type in api._schema.type_map.values() if not type.name.startswith("__")}
OF_GRAPHQL = {"ID", "String", "Int", "Boolean", "JSON", "Upload"}
PLACES = {
    **{name: text for name, text in TYPES.items() if name not in OF_GRAPHQL},
    **{place: described.description for place, _, described in vocabulary.places(api._schema)},
}
SENTENCE = re.compile(r"[A-Z0-9`].*\([^()]*[\u4e00-\u9fff][^()]*\)([.;:,?!].*)?$", re.DOTALL)


def test_everything_says_what_it_is_in_english_with_the_chinese_term():
    assert [f"{place}: {text}" for place, text in PLACES.items() if not SENTENCE.match(text or "")] == []


def test_no_word_of_the_vocabulary_is_said_by_nothing():
    said = set(PLACES.values())
    assert [name for name, text in {**NAMES, **VALUES}.items() if text not in said] == []
