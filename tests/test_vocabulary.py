"""The words of the schema: an English sentence for everything, with the Chinese term in brackets."""

import re

import pytest

from schema import vocabulary
from schema.root import schema as api
from schema.vocabulary.names import NAMES
from schema.vocabulary.values import VALUES

PLACES = {place: described.description for place, _, described in vocabulary.places(api._schema)}
SENTENCE = re.compile(r"[A-Z0-9`].*\([^()]*[\u4e00-\u9fff][^()]*\)([.;:,?!].*)?$", re.DOTALL)


@pytest.mark.parametrize("place", PLACES)
def test_it_says_what_it_is_in_english_with_the_chinese_term(place: str):
    assert SENTENCE.match(PLACES[place] or ""), f"{place}: {PLACES[place]}"


def test_no_word_of_the_vocabulary_is_said_by_nothing():
    said = set(PLACES.values())
    assert [name for name, text in {**NAMES, **VALUES}.items() if text not in said] == []
