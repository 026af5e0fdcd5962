"""How large a picture says it is: a small file can unfold to more than a viewer's memory."""

MOST_PIXELS = 100_000_000

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
# Beginnings of a frame, which state height and width; the codes between them mean something else.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Marks of a JPEG that have no length."""
_SCAN, _END = 0xDA, 0xD9


class DeclaredSize:
    """Told a file piece by piece, it knows the pixels of a PNG or JPEG as soon as they are stated; None of anything
    else. What follows the statement is not looked at."""

    def __init__(self) -> None:
        self.pixels: int | None = None
        self._skip, self._rest, self._kind = 0, b"", b""
        self._done = False

    def feed(self, piece: bytes | memoryview) -> None:
        if self._done:
            return
        if self._skip >= len(piece):
            self._skip -= len(piece)
            return
        self._rest, self._skip = self._rest + bytes(piece[self._skip :]), 0
        if not self._kind:
            self._begin()
        if self._kind == _JPEG:
            self._walk()

    def _begin(self) -> None:
        if len(self._rest) < 24:
            return
        if self._rest.startswith(_PNG):
            self._state(self._rest[16:20], self._rest[20:24])
        elif self._rest.startswith(_JPEG):
            self._kind, self._rest = _JPEG, self._rest[2:]
        else:
            self._done = True

    def _walk(self) -> None:
        """From one segment of a JPEG to the next, up to its frame."""
        while not self._done and len(self._rest) >= 2:
            begun, code = self._rest[0], self._rest[1]
            if begun != 0xFF:
                self._done = True
            elif code == 0xFF:  # filling
                self._rest = self._rest[1:]
            elif code in _BARE:
                self._rest = self._rest[2:]
            elif code in (_SCAN, _END):
                self._done = True
            elif len(self._rest) < 9:
                return
            elif code in _FRAMES:
                self._state(self._rest[5:7], self._rest[7:9])
            else:
                length = 2 + int.from_bytes(self._rest[2:4])
                self._skip, self._rest = max(length - len(self._rest), 0), self._rest[length:]

    def _state(self, one: bytes, other: bytes) -> None:
        self.pixels, self._done = int.from_bytes(one) * int.from_bytes(other), True
