"""The steps of GraphiQL's 入门: what a newcomer asks, does and is refused, as operations that run as they stand."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

_PROJECTS = """# 我的项目，以及每一项下一步要办的事和依据
query MyProjects {
  projects(first: 5) {
    nodes {
      name
      number
      contractAmount
      nextSteps {
        sentence
        citation {
          title
          locator
        }
      }
    }
  }
}
"""
_ENTER = """# 录入项目；办不成时答复写明哪一项、为什么、怎么改
mutation OPERATION($input: ProjectInput!) {
  enterProject(input: $input) {
    __typename
    ... on Project {
      number
      hrssOffice {
        name
      }
      nextSteps {
        sentence
      }
    }
    ... on Problem {
      code
      message
    }
    ... on RulesViolated {
      violations {
        code
        path
        message
      }
    }
  }
}
"""
_UPLOAD = """mutation Upload($input: UploadFileInput!) {
  uploadFile(input: $input) {
    __typename
    ... on Document {
      id
      name
      size
      sha256
    }
    ... on Problem {
      code
      message
      path
    }
  }
}
"""
_PROJECT: Mapping[str, Any] = {
    "industryKind": "housing",
    "supervisingArea": "210500",
    "name": "演示幼儿园新建工程",
    "location": "演示路 8 号",
    "area": "210502",
    "kind": "房屋建筑工程",
    "contractAmount": "9800000.00",
    "contractSignedOn": "2026-11-02",
    "plannedStart": "2026-12-01",
    "plannedEnd": "2027-11-30",
    "durationDays": 365,
    "owner": "演示本溪置业有限公司",
}


def offer() -> Sequence[Mapping[str, object]]:
    """Each with ``title``, ``remark``, ``operation`` (its name), ``query`` and ``variables``, which are JSON in a text
    or None; one takes a file (``upload``)."""
    elsewhere = {**_PROJECT, "name": "演示外地工程", "area": "440106"}
    file = {"input": {"city": "benxi", "file": None}}
    return [
        _step("查看我的项目", "列表和下一步，各带依据。", "MyProjects", _PROJECTS),
        _step("录入一个项目", "主管的人社部门由项目所在区域确定。", "EnterProject", _ENTER, _fields(_PROJECT)),
        _step("上传一份材料", "PDF、OFD、PNG 或 JPEG；得到的编号用于各项申请。", "Upload", _UPLOAD, file, upload=True),
        _step(
            "录入一个不能录入的项目",
            "区域在外地：答复指出哪一项、为什么。",
            "EnterElsewhere",
            _ENTER,
            _fields(elsewhere),
        ),
    ]


def _fields(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"input": {"city": "benxi", "fields": fields}}


def _step(
    title: str,
    remark: str,
    operation: str,
    query: str,
    variables: Mapping[str, Any] | None = None,
    *,
    upload: bool = False,
) -> Mapping[str, object]:
    return {
        "title": title,
        "remark": remark,
        "operation": operation,
        "query": query.replace("OPERATION", operation),
        "variables": None if variables is None else json.dumps(variables, ensure_ascii=False, indent=2),
        "upload": upload,
    }
