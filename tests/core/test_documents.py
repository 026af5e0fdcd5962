"""Files come in checked and go out safely: to the right people, under the right name, as what they are."""

import hashlib
import io
import json
import re
import threading
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from core.actor import Role
from core.documents.models import Document
from core.identity.models import Membership
from tests.helpers.acts import approve, enter_project, submit_certification, submit_quota
from tests.helpers.app import Application
from tests.helpers.people import PDF, Person

MIB = 1024 * 1024
EXEMPT = {"applicationType": "EXEMPT", "paymentMethod": None, "securedAmount": None}


def on_disk(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


async def download(person: Person, url: str, **headers: str):
    token = {"Authorization": f"Bearer {person.token}"} if person.token else {}
    return await person.http.get(url, headers={**token, **headers})


async def recorded(app: Application) -> int:
    async with app.services.db.read_everything() as session:
        return await session.scalar(select(func.count()).select_from(Document)) or 0


async def test_a_file_comes_back_as_it_went_in_and_never_as_a_page(app: Application):
    handler = await app.handler()
    content = PDF + bytes(range(256)) * 2000
    document = await handler.upload(content, name="农民工工资保证金 “承诺书”;v1.pdf")
    assert (document["mediaType"], document["size"]) == ("application/pdf", len(content))
    assert document["sha256"] == hashlib.sha256(content).hexdigest()
    answer = await download(handler, document["downloadUrl"], **{"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(content))
    named = quote("农民工工资保证金 “承诺书”;v1.pdf", safe="")
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{named}"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-store"


MASKED = [
    (b"<!doctype html><script>alert(1)</script>", "营业执照.pdf"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "图.png"),
    (b"MZ\x90\x00" + bytes(600), "中标通知书.pdf"),
    (b"PK\x03\x04" + bytes(100), "资料.pdf"),
    (b"", "空.pdf"),
]


async def test_a_file_that_is_not_what_its_name_says_is_refused_and_leaves_nothing(app: Application, tmp_path: Path):
    handler = await app.handler()
    before, files = await recorded(app), on_disk(tmp_path)
    for content, name in MASKED:
        refused = await handler.upload(content, name=name)
        assert (refused["__typename"], refused["code"], refused["path"]) == ("FileRefused", "FILE_REFUSED", ["file"])
        assert "文件内容不是可接受的类型" in refused["message"]
        assert "PDF" in refused["message"]
    assert await recorded(app) == before
    assert on_disk(tmp_path) == files


HOSTILE_NAMES = [
    ("../../etc/passwd", "passwd.pdf"),
    ("施工合同.pdf.hta", "施工合同.pdf.hta.pdf"),
    ("合同.PDF", "合同.PDF"),
    ("<b>合同.pdf", "b合同.pdf"),
    ("C:\\fakepath\\合同.pdf", "合同.pdf"),
    ("发\u202efdp.exe", "发fdp.exe.pdf"),
    ("..", "未命名.pdf"),
    ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
]


async def test_a_hostile_name_becomes_a_harmless_one(app: Application):
    person = await app.person()
    for name, kept in HOSTILE_NAMES:
        document = await person.upload(name=name)
        assert document["name"] == kept
        answer = await download(person, document["downloadUrl"])
        assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(kept, safe='')}"


@contextmanager
def most_memory() -> Iterator[list[int]]:
    """The process's resident bytes, looked at every few milliseconds: at the beginning, and at the most."""
    seen, done = [_resident()] * 2, threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen[1] = max(seen[1], _resident())
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc")
async def test_a_hundred_mebibytes_are_taken_in_one_byte_more_is_not_and_neither_fills_the_memory(
    app: Application, tmp_path: Path
):
    handler = await app.handler()
    files = on_disk(tmp_path)
    large = tmp_path / "large.pdf"
    large.write_bytes(PDF)
    with large.open("r+b") as file:
        file.truncate(100 * MIB)
    with most_memory() as seen:
        with large.open("rb") as file:
            document = await handler.upload(file)
        assert document["size"] == 100 * MIB, document
        with large.open("r+b") as file:
            file.truncate(100 * MIB + 1)
        with large.open("rb") as file:
            refused = await handler.upload(file)
    assert seen[1] - seen[0] < 64 * MIB
    assert (refused["code"], refused["message"]) == ("FILE_REFUSED", "文件超过 100M，请压缩或拆分后重新上传。")
    assert len(on_disk(tmp_path)) == len(files) + 1


async def test_only_those_concerned_download_a_file(app: Application):
    handler, officer = await app.handler(), await app.officer()
    others = [
        await app.handler(seed=2, name="另一建筑有限公司"),
        await app.officer("辽宁省沈阳市人力资源和社会保障局"),
        await app.reviewer(),
        await app.person(),
    ]
    project = await enter_project(handler)
    licence, notice = await handler.upload(name="营业执照.pdf"), await handler.upload(name="中标通知书.pdf")
    assert (await download(officer, licence["downloadUrl"])).status_code == 404
    materials = [
        {"code": "business_licence", "documents": [licence["id"]]},
        {"code": "award_notice", "documents": [notice["id"]]},
    ]
    applied = await submit_quota(handler, project["id"], materials=materials, **EXEMPT)
    assert applied["__typename"] == "QuotaApplication", applied
    for person in (handler, officer):
        assert (await download(person, licence["downloadUrl"])).content == PDF
    nowhere = "/files/Document:999999"
    for person in others:
        refused = await download(person, licence["downloadUrl"])
        none = await download(person, nowhere)
        assert (refused.status_code, none.status_code) == (404, 404)
        [error] = refused.json()["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
        texts = [re.sub("“[0-9]+”", "", answer.text) for answer in (refused, none)]
        assert texts[0] == texts[1]
    assert (await download(app.stranger, licence["downloadUrl"])).status_code == 401
    forged = await app.http.get(licence["downloadUrl"], headers={"Authorization": "Bearer x"})
    assert (forged.status_code, forged.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert (await download(handler, "/files/..%2F..%2Fetc%2Fpasswd")).status_code in (400, 404)
    assert (await download(handler, "/files/xyz")).status_code == 400
    assert (await download(handler, f"/files/{project['id']}")).status_code == 404


@pytest.mark.unregistered
async def test_a_file_that_is_gone_from_the_store_is_a_fault_of_ours_with_a_number(app: Application, tmp_path: Path):
    person = await app.person()
    document = await person.upload()
    [file] = on_disk(tmp_path)
    file.unlink()
    answer = await download(person, document["downloadUrl"])
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (500, "INTERNAL_SERVER_ERROR")
    assert error["message"] == f"服务器内部错误，编号 {error['extensions']['id']}。"


@pytest.mark.unregistered
async def test_what_is_uploaded_before_there_is_an_enterprise_is_the_uploaders_and_then_the_enterprises(
    app: Application,
):
    person, stranger = await app.person(), await app.person()
    document = await person.upload(name="资质证书.pdf")
    assert (await download(person, document["downloadUrl"])).status_code == 200
    assert (await download(stranger, document["downloadUrl"])).status_code == 404
    materials = [{"code": "qualification_certificate", "documents": [document["id"]]}]
    assert (await submit_certification(stranger, seed=2, materials=materials))["code"] == "NOT_FOUND"
    assert (await submit_certification(person, materials=materials))["__typename"] == "Certification"
    reviewer = await app.reviewer()
    for concerned in (person, reviewer):
        assert (await download(concerned, document["downloadUrl"])).content == PDF
    assert (await download(await app.officer(), document["downloadUrl"])).status_code == 404
    assert (await approve(reviewer))["__typename"] == "Review"
    assert (await download(person, document["downloadUrl"])).content == PDF
    await app.earlier(Membership, "since", days=9)
    async with app.services.db.write() as session:
        for membership in await session.scalars(select(Membership).where(Membership.role == Role.HANDLER)):
            membership.until = membership.since  # long ago by now
    assert (await download(person, document["downloadUrl"])).status_code == 404


async def test_a_file_handed_in_for_one_case_is_refused_for_another(app: Application):
    handler = await app.handler()
    first, second = await enter_project(handler), await enter_project(handler, name="二期")
    materials = await handler.materials("business_licence", "award_notice")
    assert (await submit_quota(handler, first["id"], materials=materials, **EXEMPT))["state"] == "SUBMITTED"
    refused = await submit_quota(handler, second["id"], materials=materials, **EXEMPT)
    assert (refused["__typename"], refused["code"]) == ("Conflict", "CONFLICT")
    assert "请重新上传" in refused["message"]


async def test_one_file_is_not_two_materials(app: Application):
    handler = await app.handler()
    project = await enter_project(handler)
    document = (await handler.upload())["id"]
    for materials in (
        [{"code": "business_licence", "documents": [document]}, {"code": "award_notice", "documents": [document]}],
        [{"code": "award_notice", "documents": [document, document]}],
    ):
        refused = await submit_quota(handler, project["id"], materials=materials, **EXEMPT)
        assert (refused["code"], refused["path"]) == ("BAD_USER_INPUT", ["materials"])
        assert "请分别上传" in refused["message"]


async def test_files_of_a_refused_act_stay_usable(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)
    materials = await handler.materials("business_licence", "award_notice")
    refused = await submit_quota(handler, project["id"], materials=materials, handlerPhone=None, **EXEMPT)
    assert refused["code"] == "RULES_VIOLATED"
    applied = await submit_quota(handler, project["id"], materials=materials, **EXEMPT)
    assert applied["__typename"] == "QuotaApplication", applied
    await approve(officer)
    shown = "query ($id: ID!) { node(id: $id) { ... on Case { documents { id material } } } }"
    handed_in = (await officer.ask(shown, id=applied["id"]))["documents"]
    assert [file["material"] for file in handed_in] == ["business_licence", "award_notice"]


async def test_a_form_of_another_site_cannot_upload(app: Application):
    person = await app.person()
    form = {"data": {"operations": "{}", "map": "{}"}, "files": {"0": ("a.pdf", PDF)}}
    answer = await app.http.post("/graphql", **form, headers={"Authorization": f"Bearer {person.token}"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")


async def test_a_strangers_file_is_not_taken_in(app: Application):
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        operations = json.dumps({"query": "mutation { __typename }"})
        head = f'--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{operations}\r\n'
        yield head.encode() + b'--b\r\nContent-Disposition: form-data; name="0"; filename="a"\r\n\r\n'
        for _ in range(50):
            read += 1
            yield bytes(MIB)

    headers = {"content-type": "multipart/form-data; boundary=b", "graphql-preflight": "1"}
    answer = await app.http.post("/graphql", content=body(), headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert read <= 2  # a refusal drains a megabyte at most, so that the client reads why


UPLOAD = """mutation ($city: String!, $a: Upload!, $b: Upload!) {
    a: uploadFile(input: {city: $city, file: $a}) { ... on Document { name size sha256 } ... on Problem { code } }
    b: uploadFile(input: {city: $city, file: $b}) { ... on Document { name size sha256 } ... on Problem { code } } }"""


async def test_one_file_for_two_variables_is_whole_both_times(app: Application):
    handler = await app.handler()
    operations = {"query": UPLOAD, "variables": {"city": "benxi", "a": None, "b": None}}
    response = await handler.http.post(
        "/graphql",
        data={"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.a", "variables.b"]})},
        files={"0": ("合同.pdf", PDF)},
        headers={"Authorization": f"Bearer {handler.token}", "graphql-preflight": "1"},
    )
    whole = {"name": "合同.pdf", "size": len(PDF), "sha256": hashlib.sha256(PDF).hexdigest()}
    assert response.json()["data"] == {"a": whole, "b": whole}


ONE = """mutation ($city: String!, $a: Upload!) {
    uploadFile(input: {city: $city, file: $a}) { __typename ... on Document { name } ... on Problem { code } } }"""


def form_of(disposition: str, content: bytes = PDF) -> bytes:
    operations = {"query": ONE, "variables": {"city": "benxi", "a": None}}
    fields = {"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.a"]})}
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}' for name, text in fields.items()]
    head = "\r\n".join([*parts, f"--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"])
    return head.encode() + content + b"\r\n--x--\r\n"


def headers_of(person: Person) -> dict[str, str]:
    kind = "multipart/form-data; boundary=x"
    return {"Authorization": f"Bearer {person.token}", "graphql-preflight": "1", "Content-Type": kind}


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('name="0"; filename="=?utf-8?B?5pa9?="; filename*=utf-8\'\'%E6%96%BD%E5%B7%A5.pdf', "施工.pdf"),
        ("name=0; filename*=UTF-8'zh'%E6%96%BD%22%E5%B7%A5.pdf", '施"工.pdf'),
        ("filename*=utf-8''a%0D%0Ab.pdf; name=\"0\"", "a  b.pdf"),
        ('name="0"; filename="a; filename*=utf-8\'\'b.pdf"', "a; filename*=utf-8''b.pdf"),
        ('name="0"; filename="a.pdf"; filename*=klingon\'\'b.pdf', "a.pdf"),
    ],
)
async def test_the_extended_name_of_a_file_wins_and_stands_alone(app: Application, disposition: str, name: str):
    handler = await app.handler()
    answer = await handler.http.post("/graphql", content=form_of(disposition), headers=headers_of(handler))
    assert answer.json()["data"]["uploadFile"] == {"__typename": "Document", "name": name}


async def test_an_upload_begun_before_a_log_out_is_refused_and_leaves_nothing(app: Application, tmp_path: Path):
    handler = await app.handler()
    before, files = await recorded(app), on_disk(tmp_path)

    async def slowly() -> AsyncIterator[bytes]:
        form = form_of('name="0"; filename="合同.pdf"')
        yield form[:-50]
        await handler.ask("mutation { logOut { __typename } }")
        yield form[-50:]

    answer = await handler.http.post("/graphql", content=slowly(), headers=headers_of(handler))
    assert answer.json()["data"]["uploadFile"]["code"] == "UNAUTHENTICATED"
    assert (await recorded(app), on_disk(tmp_path)) == (before, files)


async def test_what_unfolds_to_more_than_a_viewer_can_hold_is_refused_by_what_it_states(app: Application):
    handler = await app.handler()
    vast = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (10_001).to_bytes(4) + (10_000).to_bytes(4) + bytes(40)
    refused = await handler.upload(vast, name="图.png")
    assert (refused["code"], refused["message"]) == ("FILE_REFUSED", "图片超过 100 百万像素，请缩小后重新上传。")
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("OFD.xml", b"<x/>")
        with archive.open("Res/image.bmp", "w") as entry:
            for _ in range(501):
                entry.write(bytes(MIB))
    refused = await handler.upload(held.getvalue(), name="合同.ofd")
    assert (refused["code"], "解开后超过 500M" in refused["message"]) == ("FILE_REFUSED", True)
