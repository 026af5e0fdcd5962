"""What a city asked besides."""

from resolvers import city_fields
from schema.types import represents


@represents(city_fields.CityField, "The answer to a question of the city's own (城市填写项).")
class CityField:
    path: str
    label: str
    value: str
    shown: str
