"""What the edge refuses before anything is executed: every sentence in both languages, and the refusal itself."""

from typing import NamedTuple

from graphql import GraphQLError

from anxin.http.headers import Header
from resolvers.context import Language
from schema.error_codes import ErrorCode, code_error


class Sentence(NamedTuple):
    """For people, with places for facts; a fact may be a sentence, too."""

    zh: str
    en: str

    def of(self, language: Language, **facts: object) -> str:
        said = {name: fact.of(language) if isinstance(fact, Sentence) else fact for name, fact in facts.items()}
        return (self.en if language == "en" else self.zh).format(**said)


class RequestRefused(Exception):
    """No request that is executed: answered with ``status`` whatever media type is accepted."""

    def __init__(
        self,
        sentence: Sentence,
        *,
        status: int = 400,
        code: ErrorCode = ErrorCode.BAD_USER_INPUT,
        headers: tuple[Header, ...] = (),
        **facts: object,
    ) -> None:
        super().__init__(sentence.of("en", **facts))
        self.sentence, self.status, self.code, self.headers, self.facts = sentence, status, code, headers, facts

    def error(self, language: Language) -> GraphQLError:
        return code_error(self.code, self.sentence.of(language, **self.facts))


# Heads.
HEAD_TOO_LARGE = Sentence(
    "请求头超过 {most} 字节，请减少 Cookie 等请求头。",
    "The request's headers exceed {most} bytes; send fewer or shorter ones.",
)
NO_HTTP = Sentence("收到的不是有效的 HTTP 请求。", "This is no valid HTTP request.")
NO_HANDSHAKE = Sentence(
    "收到的不是有效的 WebSocket 握手请求：须以 GET 发送、不带请求体，每个请求头不超过 8 KB。",
    "This is no valid WebSocket handshake: send it by GET, without a body, and no header longer than 8 KB.",
)
TOO_SLOW = Sentence(
    "请求未在规定时间内发送完毕，连接已关闭，请重新发送。",
    "The request was not complete in time; the connection is closed, please send it again.",
)
SEVERAL_AUTHORIZATIONS = Sentence(
    "请求带有多个 Authorization 请求头，请只保留一个。",
    "The request has several Authorization headers; send one.",
)
NOT_ACCEPTABLE = Sentence(
    "Accept 中没有可用的类型；可以接受 {types} 之一。",
    "Nothing that Accept names can be sent; accept one of {types}.",
)
METHOD_NOT_ALLOWED = Sentence("GraphQL 只接受 GET、HEAD 和 POST。", "GraphQL takes GET, HEAD and POST only.")
NO_SUCH_PLACE = Sentence("这里没有 {path}；接口在 /graphql。", "There is nothing at {path}; the API is at /graphql.")
METHODS_ALLOWED = Sentence("{path} 只接受 {methods}。", "{path} takes {methods} only.")
OTHERWISE_REFUSED = Sentence("请求不能受理（{shown}）。", "The request cannot be answered ({shown}).")
MUTATION_BY_GET = Sentence("变更请以 POST 发送。", "Send mutations by POST.")
FOREIGN_ORIGIN = Sentence(
    "来源 {origin} 的网页不能访问本接口；须由运维人员列入 ANXIN_ORIGINS。",
    "Pages of {origin} may not use this API; an operator has to list it in ANXIN_ORIGINS.",
)

# What stays open. A close frame holds 123 bytes of reason: forty Chinese characters.
SESSION_ENDED = Sentence("登录已失效，请重新登录。", "The session has ended; sign in again.")
MEMBERSHIP_ENDED = Sentence(
    "您已不再代表该单位办理业务，连接已关闭。", "You no longer act for the organisation; the connection is closed."
)
TOO_MANY_OPERATIONS = Sentence(
    "同一连接最多 {most} 个订阅，请先结束不用的订阅。",
    "One connection has at most {most} subscriptions; end those that are not used.",
)

# Bodies.
COMPRESSED = Sentence(
    "不接受压缩的请求体，请去掉 Content-Encoding 后重发。",
    "Compressed bodies are not taken; send it without Content-Encoding.",
)
CROSS_SITE_FORM = Sentence(
    "multipart 请求须带请求头 {header}: 1，以防跨站提交。",
    "A multipart request has to carry the header {header}: 1, which no form of another site can.",
)
UNSUPPORTED_TYPE = Sentence(
    "请以 application/json 或 multipart/form-data 发送请求。",
    "Send the request as application/json or multipart/form-data.",
)
NOT_UTF8 = Sentence(
    "请求体须为 UTF-8 编码，请在 Content-Type 中写 charset=utf-8 或不写 charset。",
    "Bodies are UTF-8; write charset=utf-8 in Content-Type, or no charset.",
)
FALSE_LENGTH = Sentence("Content-Length 不是一个非负整数。", "Content-Length is no whole number from 0 on.")
TOO_LARGE = Sentence(
    "请求体超过上限 {limit} 字节，请缩小或分次发送。",
    "The body exceeds {limit} bytes; make it smaller or send it in parts.",
)

# What a body holds.
NO_QUERY = Sentence(
    "请求中没有 GraphQL 查询，请在 query 中给出。", "The request has no GraphQL query; give one as query."
)
NO_JSON = Sentence("{part} 不是有效的 JSON（UTF-8）。", "{part} is no valid JSON (UTF-8).")
NO_OBJECT = Sentence("{part} 应当是 JSON 对象。", "{part} has to be a JSON object.")
BATCH = Sentence(
    "{part} 应当是一个 JSON 对象；不支持批量请求，请逐个发送。",
    "{part} has to be one JSON object; batches are not supported, send one by one.",
)
NO_TEXT_OR_NULL = Sentence("{part} 应当是字符串或 null。", "{part} has to be a string or null.")
NO_OBJECT_OR_NULL = Sentence("{part} 应当是 JSON 对象或 null。", "{part} has to be a JSON object or null.")
QUERY_AND_DOCUMENT = Sentence("query 与 documentId 只能给出一个。", "Give query or documentId, not both.")
UNKNOWN_DOCUMENT = Sentence(
    "没有登记这个 documentId 的查询文档，请核对，或以 query 发送全文。",
    "No document is registered under this documentId; check it, or send the text as query.",
)
# Clients compare this very word, whatever their language.
PERSISTED_QUERY = Sentence("PersistedQueryNotSupported", "PersistedQueryNotSupported")
NO_FORM = Sentence(
    "multipart 请求体无法解析，请检查 boundary、文件数和各部分的大小。",
    "The multipart body cannot be read; check its boundary, the number of files and the size of each part.",
)
NO_FILE = Sentence(
    "map 提到的文件不在请求中，请让 map 的键与文件部分同名。",
    "The request has no file that map names; let the keys of map be the names of the files' parts.",
)
NO_PATHS = Sentence(
    'map 的每一项应当是路径的列表，例如 ["variables.file"]。',
    'Each entry of map has to be a list of paths, for example ["variables.file"].',
)
NO_PLACE = Sentence(
    'map 中的路径应当指向 variables 中的 null，例如 "variables.file"。',
    'A path of map has to lead to a null among variables, for example "variables.file".',
)
ELSEWHERE = Sentence(
    "订阅请通过 WebSocket（graphql-transport-ws），或以 Accept: text/event-stream 发送。",
    "Send subscriptions by WebSocket (graphql-transport-ws), or with Accept: text/event-stream.",
)
BODY = Sentence("请求体", "The body")
