"""Any bytes are a policy, or an error that says where."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import ImgcheckError
    from imgcheck.policies import policy

import mutated
import running


def one(data: bytes) -> None:
    """The policy alone: what it extends is not read."""
    try:
        policy.assemble("fuzz.toml", lambda _: data)
    except ImgcheckError as error:
        assert str(error)


running.run(one, mutated.toml)
