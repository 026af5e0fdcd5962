"""What others build on: clients as their packages are, no header of theirs replaced, against a demo."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from core import uscc
from tests.helpers import node
from tests.helpers.demo import Demo

CLIENTS = Path(__file__).parent


@pytest.fixture(scope="session", autouse=True)
def packages() -> None:
    """Of npm; fetched once for as long as they stay locked. Of the session, so that no demo starts before."""
    node.install(CLIENTS)


def newcomer() -> dict[str, Any]:
    """Somebody nobody knows yet, and a firm that is not certified."""
    mobile = f"139{time.time_ns() // 1_000_000 % 100_000_000:08d}"
    firm = {
        "name": f"演示建筑{mobile}有限公司",
        "uscc": uscc.make(int(mobile)),
        "organizationKind": "施工单位",
        "qualification": "特级",
        "registeredArea": "本溪市",
        "contact": "张三",
    }
    person = {"mobile": mobile, "email": f"{mobile}@example.cn", "name": "张三", "password": "Aa1!aaaa"}
    return {"person": person, "firm": firm}


def tell(client: str, demo: Demo, who: dict[str, Any]) -> dict[str, Any]:
    """What the client was answered at each step of `clients/story.mjs`."""
    argument = {"url": demo.url, "messages": str(demo.folder / "messages"), **who}
    printed = node.run(CLIENTS / f"{client}.mjs", json.dumps(argument, ensure_ascii=False))
    return dict(json.loads(line) for line in printed.splitlines())


@pytest.mark.parametrize("client", ["urql", "apollo", "apollo-persisted", "relay"])
def test_a_client_registers_logs_in_uploads_acts_and_lists(client: str, demo_server: Demo):
    who = newcomer()
    told = tell(client, demo_server, who)
    document = told["upload"].pop("id")
    certification = {"__typename": "Certification", "name": who["firm"]["name"], "state": "SUBMITTED"}
    certifications = {"__typename": "CertificationConnection", "totalCount": 1, "nodes": [certification]}
    assert document
    assert told == {
        "register": {"__typename": "Account", "name": "张三"},
        "log_in": {"__typename": "SignedIn", "account": {"__typename": "Account", "name": "张三"}},
        "upload": {"__typename": "Document", "name": "资质证书.pdf", "size": 15},
        "act": certification | {"documents": [{"__typename": "Document", "name": "资质证书.pdf"}]},
        "list": certifications,
        "list_again": certifications,
    }


@pytest.mark.parametrize("client", ["graphql-request", "graphql-sse"])
def test_a_client_that_uploads_nothing_is_told_what_is_missing(client: str, demo_server: Demo):
    told = tell(client, demo_server, newcomer())
    certifications = {"__typename": "CertificationConnection", "totalCount": 0, "nodes": []}
    missing = {"__typename": "Violation", "code": "MATERIAL_REQUIRED"}
    assert told == {
        "register": {"__typename": "Account", "name": "张三"},
        "log_in": {"__typename": "SignedIn", "account": {"__typename": "Account", "name": "张三"}},
        "act": {"__typename": "RulesViolated", "violations": [missing]},
        "list": certifications,
        "list_again": certifications,
    }
