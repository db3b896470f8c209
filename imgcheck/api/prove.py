"""`imgcheck prove`: predictions held against what the user's own build really gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from imgcheck import output, targets
from imgcheck.api import ahead, proved, savings
from imgcheck.api.build import Built, Inputs, build
from imgcheck.builds import rebuild
from imgcheck.errors import ImgcheckError, UndecidedError
from imgcheck.model import Diagnostic, Report, SavedSet
from imgcheck.prediction import proofs, sets, singles
from imgcheck.prediction.places import Places
from imgcheck.prediction.proofs import Proof
from imgcheck.prediction.sources import patches
from imgcheck.prediction.strip import Plans, Question, Wish
from imgcheck.prediction.study import Study, study
from imgcheck.report import proofs as shown

Progress = Callable[[str, float], None]
_PRODUCTS = (".map", ".bin")


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be proved, and how: `without` sets, the plan of that number, or the largest `each`.

    `command` is a shell command from the command line (never from a policy), run in the folder of the
    worktree that the user stands in; `seconds` bounds each run of it.
    """

    command: str
    without: tuple[tuple[str, ...], ...] = ()
    plan: int | None = None
    each: int | None = None
    seconds: float = 3600.0
    logs: Path = Path(".imgcheck/prove")
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Sizes:
    """What a build came to, in bytes."""

    flash: int
    ram: int
    ota: int


def show(inputs: Inputs, places: Places, request: Request, progress: Progress) -> Report:
    """Rebuilds and compares; `passed` is False when a prediction lies outside its bar or did not build."""
    ahead.required(inputs, places)
    root = rebuild.root_of(inputs.firmware)
    made = build(inputs, packed=True)
    about = study(savings.subject(inputs, made), places, progress)
    kept = proved.beside(made, inputs)
    old = {one.features: one for one in proved.known(kept) if one.build == _digest(made)}
    output.check(kept)
    wanted = _wanted(about, made, inputs, request)
    ready = {one.features: old[one.features] for one in wanted if one.features in old and not request.again}
    todo = [one for one in wanted if one.features not in ready]
    said: list[Diagnostic] = []
    if todo:
        if not request.logs.exists():
            request.logs.mkdir(parents=True)
            # Logs of one machine: `git add .` is not to take them.
            (request.logs / ".gitignore").write_text("*\n", encoding="utf-8")
        with rebuild.worktree(root) as tree:
            bench = _Bench(root, tree, inputs, request, progress)
            base = bench.base()
            said += bench.compared(made, base)
            for number, one in enumerate(todo, 1):
                bench.step = (f"{number} of {len(todo)}", number / (len(todo) + 1))
                ready[one.features] = _proof(one, base, bench.without(about, one.features), _digest(made))
                # After each: a run that is stopped goes on where it was.
                _keep(kept, [*proved.known(kept), ready[one.features]])
    rows = [ready[one.features] for one in wanted]
    return shown.build(
        made.facts.image.name, rows, str(kept), proofs.learn(proved.known(kept)), said, str(request.logs)
    )


def _wanted(about: Study, made: Built, inputs: Inputs, request: Request) -> tuple[SavedSet, ...]:
    with savings.packer(about, made) as packer:
        alone = singles.features(about, made.facts, packer, lambda _what, _share: None)
        names = [sets.checked(about, one, "--without") for one in request.without]
        if request.plan is not None:
            question = Question(Wish(), inputs.active, savings.allowed(about, made, alone))
            plans = Plans(about, made.facts, question, packer).savings(alone).plans
            if not 1 <= request.plan <= len(plans):
                raise UndecidedError(f"--plan {request.plan}: there are {len(plans)} plans")
            names.append(plans[request.plan - 1].features)
        if request.each is not None:
            names += [(one.name,) for one in alone if one.flash > 0][: request.each]
        return sets.predict(about, packer, list(dict.fromkeys(names)), alone)


class _Bench:
    """One worktree in which the build is run again and again."""

    def __init__(self, root: Path, tree: Path, inputs: Inputs, request: Request, progress: Progress) -> None:
        self._root, self._tree, self._inputs, self._request = root, tree, inputs, request
        self._progress = progress
        self.step = ("the build as it is", 0.0)

    def base(self) -> _Sizes:
        """The build as it is; raises ImgcheckError with its log's name when it fails."""
        sizes = self._made("base")
        if sizes is None:
            raise ImgcheckError(
                f"{self._request.command}: does not build as it is; {self._log('base')} says why"
            )
        return sizes

    def compared(self, made: Built, base: _Sizes) -> Iterator[Diagnostic]:
        """A word when the build that was given is another than the one just made."""
        given = len(made.facts.image.binary)
        if given != base.flash:
            yield Diagnostic(
                "prove-base",
                "warning",
                f"The image made here has {base.flash - given:+d} bytes of those of "
                f"{self._inputs.firmware}: predictions are for that one, rebuilds are held against this one.",
                subject="base",
            )

    def without(self, about: Study, names: tuple[str, ...]) -> _Sizes | None:
        """The build with these features off, None when it fails; the sources are put back."""
        changed = patches.files(about.configuration, names)
        with self._patched({about.root / path: text for path, text in changed.items()}):
            return self._made("-".join(name.removeprefix("ENABLE_") for name in names)[:120])

    @contextmanager
    def _patched(self, texts: dict[Path, str]) -> Iterator[None]:
        old: dict[Path, bytes] = {}
        for path, text in texts.items():
            target = self._tree / path.resolve().relative_to(self._root)
            old[target] = target.read_bytes()
            target.write_bytes(text.encode("utf-8", "surrogateescape"))
        try:
            yield
        finally:
            for target, data in old.items():
                target.write_bytes(data)

    def _made(self, name: str) -> _Sizes | None:
        elf = self._tree / self._inputs.firmware.resolve().relative_to(self._root)
        for stale in (elf, *(elf.with_suffix(suffix) for suffix in _PRODUCTS)):
            stale.unlink(missing_ok=True)
        here = Path.cwd().resolve()
        folder = self._tree / here.relative_to(self._root) if here.is_relative_to(self._root) else self._tree
        with self._log(name).open("wb") as log:
            code = rebuild.run(
                self._request.command,
                folder,
                log,
                self._request.seconds,
                lambda passed: self._progress(
                    f"{self.step[0]}: building {name}, {passed:.0f} s", self.step[1]
                ),
            )
        return _measured(elf, self._inputs) if code == 0 and elf.is_file() else None

    def _log(self, name: str) -> Path:
        return self._request.logs / f"{name}.log"


def _measured(elf: Path, inputs: Inputs) -> _Sizes:
    again = replace(inputs, firmware=elf, map=None, bin=None, ota=None)
    made = build(again)
    image = made.facts.image
    static = [one.size for one in made.facts.measures if (one.kind, one.resource) == ("section", "ram")]
    return _Sizes(len(image.binary), sum(static), _packed(made))


def _packed(made: Built) -> int:
    """The OTA body's size with this tool's own header page: both builds are packed alike."""
    image = made.facts.image
    soc = image.soc
    plain = made.facts.artefact.plain[: soc.header_bytes] + image.binary
    return targets.find(soc.name).packed_size(plain + bytes(-len(plain) % soc.image_alignment))


def _proof(one: SavedSet, base: _Sizes, without: _Sizes | None, build: str) -> Proof:
    real = without and (base.flash - without.flash, base.ota - without.ota, base.ram - without.ram)
    flash, ota, ram = real or (None, None, None)
    return Proof(
        features=one.features,
        build=build,
        flash_predicted=one.flash,
        flash_real=flash,
        flash_error=one.flash_error,
        ota_predicted=one.ota,
        ota_real=ota,
        ota_error=one.ota_error,
        ram_predicted=one.ram,
        ram_real=ram,
    )


def _digest(made: Built) -> str:
    """What tells this build from the next: its image."""
    return hashlib.sha256(made.facts.image.binary).hexdigest()[:16]


def _keep(path: Path, rows: Sequence[Proof]) -> None:
    newest = {(one.build, one.features): one for one in rows}
    output.replace([(path, proofs.text(newest.values()))])
