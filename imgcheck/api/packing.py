"""What goes over the air, packed beside the reading of what the build is made of.

The compressor takes as long as all that is read, and leaves Python idle; an image's bytes are known early.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

from imgcheck.builds import artefact
from imgcheck.model import Artefact
from imgcheck.targets.target import Target


class Packing:
    """Packs one image as the target's SDK does, in a thread where one can be had."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._binary: bytes | None = None
        self._thread: Thread | None = None
        self._made: Artefact | None = None
        self._error: BaseException | None = None

    def begin(self, binary: bytes) -> None:
        """The image is known: what else there is to do can be done while it is packed."""
        self._binary, self._made, self._error = binary, None, None
        self._thread = Thread(target=self._work)
        try:
            self._thread.start()
        except RuntimeError:  # no more threads: it is packed when it is asked for
            self._thread = None

    def result(self, binary: bytes, meanwhile: Callable[[], None] | None = None) -> Artefact:
        """The artefact of `binary`; `meanwhile` is done beside the compressor. Raises what packing raises."""
        if self._binary != binary:
            self._end()
            self.begin(binary)
        if meanwhile is not None:
            meanwhile()
        self._end()
        if self._error is not None:
            raise self._error
        return self._made or artefact.pack(binary, self._target)

    def _end(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        try:
            self._made = artefact.pack(self._binary or b"", self._target)
        except BaseException as error:  # raised where it is asked for
            self._error = error
