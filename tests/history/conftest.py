import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import stores

from imgcheck.history import store
from imgcheck.history.store import Store


@pytest.fixture(scope="session")
def postgres() -> Iterator[stores.Postgres]:
    binaries = stores.programs()
    if binaries is None:
        # CI installs it: there a missing server is a failure, not a reason to look away.
        assert not os.environ.get("CI"), "PostgreSQL is not installed"
        pytest.skip("no PostgreSQL here")
    server = stores.Postgres(binaries)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "history.db")
    server = request.getfixturevalue("postgres")
    assert isinstance(server, stores.Postgres)
    from sqlalchemy import create_engine, text

    engine = create_engine(server.address.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as db:
        db.execute(text("DROP SCHEMA public CASCADE"))
        db.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return server.address


@pytest.fixture
def opened(address: str) -> Iterator[Store]:
    with store.connect(address, write=True) as found:
        yield found
