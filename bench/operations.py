"""What is asked, in the language of each side, and what answers have in common."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from bench.database import Filled
from core.actor import CHINA
from resolvers import ids

PAGE = 50
PAGES = 100
"""Different pages that are asked for."""
OPERATIONS: Mapping[str, str] = {
    "Q1": f"a page of {PAGE} projects with contractor, deposits and letters",
    "Q2": "one project's tree",
    "Q3": "one indexed row",
    "M1": "recording that a deposit was used",
}
ACT = "M1"
WITH_PYTHON = "Q1P"
"""Q1 with a field on every deposit that Python answers; only our own server has it."""
EXPECTED: Mapping[str, bytes] = {
    "Q1": b'"pageInfo"',
    "Q1P": b'"stateLabel"',
    "Q2": b'"wageDeposits"',
    "Q3": b'"name"',
    "M1": b'"replenishBy"',
}
"""What only a right answer holds."""
_DIGITS = 12
_notices = itertools.count(int(datetime.now(UTC).timestamp() * 1000))
"""Numbers of payment notices (支付通知书): none is used twice, whoever is asked."""


@dataclass(frozen=True)
class Language:
    """How a kind of server is asked: its documents, how it writes ids, what it must be told besides: the office, if it
    does not know who asks."""

    documents: Mapping[str, str]
    id: Callable[[str, int], str]
    given: Callable[[Filled], Mapping[str, Any]] = lambda _: {}

    def body(self, operation: str, variables: Mapping[str, Any], filled: Filled) -> dict[str, Any]:
        told = self.given(filled) if operation in ("Q1", WITH_PYTHON) else {}
        asked = {"query": self.documents[operation]} if self.documents else {}
        return {**asked, "operationName": operation, "variables": {**told, **variables}}

    def variables(self, operation: str, filled: Filled) -> Sequence[Mapping[str, Any]]:
        """For every row asked for by itself."""
        if operation == "M1":
            return [self.use(id) for id in filled.deposits]
        kind, rows = ("Project", filled.projects) if operation == "Q2" else ("Enterprise", filled.enterprises)
        return [self.row(kind, id) for id in rows]

    def row(self, kind: str, id: int) -> Mapping[str, Any]:
        return {"id": self.id(kind, id)}

    def use(self, deposit: int, **stated: str) -> Mapping[str, Any]:
        """A use of the deposit as it is recorded all the time, but for what is ``stated`` otherwise."""
        use = {
            "wageDepositId": self.id("WageDeposit", deposit),
            "noticeNumber": "?" * _DIGITS,
            "amount": "0.01",
            "usedOn": today().isoformat(),
            "reason": "支付“演示”农民工工资",
        }
        return {"input": {**use, **stated}}


def today() -> date:
    return datetime.now(CHINA).date()


def encode_request(body: Mapping[str, Any], token: str | None) -> bytes:
    """The request as it goes over the wire; ``token`` for whom it must be shown."""
    content = json.dumps(body, ensure_ascii=False).encode()
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n{authorization}"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def number_notices(requests: Sequence[bytes]) -> Iterator[bytes]:
    """The requests in turn, for ever; each notice gets a number of its own."""
    parts = [request.split(b"?" * _DIGITS) for request in requests]
    for part in itertools.cycle(parts):
        yield part[0] if len(part) == 1 else (b"%0*d" % (_DIGITS, next(_notices) % 10**_DIGITS)).join(part)


def normalize(value: Any, key: str = "") -> Any:
    """An answer without what each side writes in its own way: ids become row numbers, states upper case, moments UTC;
    cursors only must be there; the number of a notice and of its use is new each time; PostGraphile's payload of a
    mutation is taken out of its wrapping."""
    match value:
        case {"depositUse": inner}:
            return normalize(inner, key)
        case dict():
            use = "noticeNumber" in value
            return {name: "…" if use and name == "id" else normalize(part, name) for name, part in value.items()}
        case list():
            return [normalize(part) for part in value]
        case str() if key == "id":
            return int(value) if value.isdecimal() else ids.decode(value)[1]
        case str() if key == "state":
            return value.upper()
        case str() if key == "createdAt":
            return datetime.fromisoformat(value).astimezone(UTC)
        case str() if key in ("cursor", "endCursor", "noticeNumber"):
            return bool(value)
        case _:
            return value


_TREE = """id number name state contractAmount plannedStart createdAt contractor {{ name uscc }}
  wageDeposits {{ id amountDue state {label} letterSubmissions {{ id amount state issuer }} }}"""
_PAGE = "edges { cursor node { %s } } pageInfo { hasNextPage endCursor }"
_USE = "id noticeNumber amount usedOn reason replenishBy"
_USED = "id amountDue state project { id name contractor { name uscc } }"
_PLAIN_TREE = _TREE.format(label="")
_ASKS = f"query Q1($after: String) {{ projects(first: {PAGE}, after: $after)"
ANXIN = Language(
    documents={
        "Q1": f"{_ASKS} {{ {_PAGE % _PLAIN_TREE} }} }}",
        "Q1P": f"{_ASKS} {{ {_PAGE % _TREE.format(label='stateLabel')} }} }}".replace("Q1", "Q1P", 1),
        "Q2": f"query Q2($id: ID!) {{ node(id: $id) {{ ... on Project {{ {_PLAIN_TREE} }} }} }}",
        "Q3": "query Q3($id: ID!) { node(id: $id) { ... on Enterprise { id name } } }",
        "M1": f"""mutation M1($input: RecordDepositUseInput!) {{ recordDepositUse(input: $input) {{
          ... on DepositUse {{ {_USE} wageDeposit {{ {_USED} }} }} }} }}""",
    },
    id=ids.encode,
)
MERCURIUS = Language(
    documents={
        "Q1": f"{_ASKS} {{ {_PAGE % _PLAIN_TREE} }} }}",
        "Q2": f"query Q2($id: BigInt!) {{ node: project(id: $id) {{ {_PLAIN_TREE} }} }}",
        "Q3": "query Q3($id: BigInt!) { node: enterprise(id: $id) { id name } }",
        "M1": f"""mutation M1($input: RecordDepositUseInput!) {{ recordDepositUse(input: $input) {{
          {_USE} wageDeposit {{ {_USED} }} }} }}""",
    },
    id=lambda _, id: str(id),
)


def _bare(language: Language, **documents: str) -> Language:
    return Language({**language.documents, **documents}, language.id, lambda filled: {"office": str(filled.office)})


MERCURIUS_BARE = _bare(
    MERCURIUS,
    Q1=f"query Q1($office: BigInt!, $after: String) {{ projects(office: $office, first: {PAGE}, after: $after)"
    f" {{ {_PAGE % _PLAIN_TREE} }} }}",
)
_AMBER_TREE = """id: rowId number name state contractAmount plannedStart createdAt
  contractor: organizationByApplicantId { name uscc }
  wageDeposits: wageDepositsByProjectIdList(orderBy: ROW_ID_ASC) { id: rowId amountDue state
    letterSubmissions: letterSubmissionsBySubjectIdList(orderBy: ROW_ID_ASC) { id: rowId amount state issuer } }"""
_AMBER_USED = """id: rowId noticeNumber amount usedOn reason replenishBy wageDeposit: wageDepositByWageDepositId {
  id: rowId amountDue state project: projectByProjectId { id: rowId name
    contractor: organizationByApplicantId { name uscc } } }"""
POSTGRAPHILE = Language(
    documents={
        "Q1": f"""query Q1($after: Cursor) {{ projects: allProjects(
          first: {PAGE}, after: $after, orderBy: ROW_ID_DESC) {{ {_PAGE % _AMBER_TREE} }} }}""",
        "Q2": f"query Q2($id: BigInt!) {{ node: projectByRowId(rowId: $id) {{ {_AMBER_TREE} }} }}",
        "Q3": "query Q3($id: BigInt!) { node: organizationByRowId(rowId: $id) { id: rowId name } }",
        "M1": f"""mutation M1($input: RecordDepositUseInput!) {{
          recordDepositUse(input: $input) {{ depositUse {{ {_AMBER_USED} }} }} }}""",
    },
    id=MERCURIUS.id,
)
POSTGRAPHILE_BARE = _bare(
    POSTGRAPHILE,
    Q1=f"""query Q1($office: BigInt!, $after: Cursor) {{ projects: allProjects(
      condition: {{ officeId: $office }}, first: {PAGE}, after: $after, orderBy: ROW_ID_DESC
    ) {{ {_PAGE % _AMBER_TREE} }} }}""",
    M1=f"""mutation M1($input: BenchRecordDepositUseInput!) {{
      recordDepositUse: benchRecordDepositUse(input: $input) {{ depositUse: result {{ {_AMBER_USED} }} }} }}""",
)
SQL = Language(documents={}, id=lambda _, id: str(id), given=lambda filled: {"office": filled.office})
"""The limit: an operation's name and its variables, no document."""
