"""People of a test: each speaks GraphQL to the application, as a client does."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx2

from resolvers.context import Services

PASSWORD = "Aa1!aaaa"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


@dataclass
class Person:
    """Somebody who speaks to the application, signed in or not."""

    services: Services
    http: httpx2.AsyncClient
    mobile: str = ""
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def post(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole response."""
        asked = {"query": query, "variables": variables}
        return (await self.http.post("/graphql", json=asked, headers=self._headers())).json()

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors; the one root field's value where there is one."""
        answer = await self.post(query, **variables)
        assert "errors" not in answer, json.dumps(answer, ensure_ascii=False, indent=1)
        data = answer["data"]
        return next(iter(data.values())) if len(data) == 1 else data

    async def act(self, mutation: str, input_type: str, selection: str, **input: Any) -> dict[str, Any]:
        """A mutation's answer: the thing's ``selection``, or a problem with its violations."""
        return await self.ask(
            f"mutation Act($input: {input_type}!) {{ {mutation}(input: $input) "
            f"{{ __typename {selection} {PROBLEM} }} }}",
            input=input,
        )

    async def upload(
        self, content: Any = PDF, name: str = "文件.pdf", city: str = "benxi", **input: Any
    ) -> dict[str, Any]:
        """Upload a file, bytes or an opened one, by the multipart specification."""
        query = (
            "mutation Up($input: UploadFileInput!) { uploadFile(input: $input) "
            f"{{ __typename ... on Document {{ id name mediaType size sha256 downloadUrl }} {PROBLEM} }} }}"
        )
        operations = {"query": query, "variables": {"input": {"city": city, "file": None, **input}}}
        response = await self.http.post(
            "/graphql",
            data={"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.input.file"]})},
            files={"0": (name, content)},
            headers={**self._headers(), "graphql-preflight": "1"},
        )
        return response.json()["data"]["uploadFile"]

    async def materials(self, *codes: str) -> list[dict[str, Any]]:
        """One fresh file for each material."""
        return [{"code": code, "documents": [(await self.upload())["id"]]} for code in codes]

    def _headers(self) -> dict[str, str]:
        return {**self.headers, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}


PROBLEM = """
... on Problem { code message path }
... on RulesViolated {
  violations { code path message refuses decision { path sentence certainty because { citation { title locator } } } }
}
"""
