"""What a handler of Benxi fills in, as its forms ask for it: a project, and the application for its quota."""

PROJECT = {
    "industryKind": "住建",
    "supervisingArea": "210500",
    "location": "平山区演示路1号",
    "area": "210502",
    "kind": "房屋建筑工程",
    "contractAmount": "20000000.00",
    "contractSignedOn": "2026-11-02",
    "plannedStart": "2024-09-30",
    "plannedEnd": "2025-11-29",
    "durationDays": 426,
    "owner": "演示置业有限公司",
}
"""Without its name."""
QUOTA = {
    "applicationType": "ORDINARY",
    "paymentMethod": "GUARANTEE",
    "entryMode": "RATIO",
    "entryRatio": "0.03",
    "contractAmount": "20000000.00",
    "securedAmount": "600000.00",
    "handler": "张三全",
    "handlerPhone": "13455554444",
}
