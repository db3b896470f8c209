"""What goes from all objects is what goes from each; what is remembered is what would be found again."""

from __future__ import annotations

from itertools import combinations

from studies import known, needs_fixture

from imgcheck.prediction.cutting import Removal, removal
from imgcheck.prediction.removals import Removals

pytestmark = needs_fixture


def test_objects_one_by_one_give_what_all_of_them_give() -> None:
    study = known()
    graph, origins = study.base.graph, study.origins
    remembering = Removals(graph, origins, (study.configuration.tree.source, study.root))
    names = sorted(study.configuration.features)
    sets = [frozenset(some) for size in (1, 2, len(names)) for some in list(combinations(names, size))[:12]]
    seen = 0
    for off in (*sets, *sets):
        changes = study.changes(off)
        found, whole = remembering.of(changes), removal(graph, origins, changes)
        assert found == whole
        assert list(found.losses) == list(whole.losses)
        seen += len(found.cut.nodes) + len(found.losses)
    assert seen > 100


def test_a_removal_is_remembered_only_while_its_changes_are_held() -> None:
    """Changes that are equal but not the same are looked at again; those that were are not collected."""
    study = known()
    name = next(one for one in sorted(study.configuration.features) if study.changes(frozenset((one,))))
    changes = study.changes(frozenset((name,)))
    remembering = Removals(study.base.graph, study.origins, (study.configuration.tree.source, study.root))
    first = remembering.of(changes)
    count = len(remembering._known)
    assert count
    copies = {path: change._replace() for path, change in changes.items()}
    assert all(copies[path] is not changes[path] for path in copies)
    second: Removal = remembering.of(copies)
    assert second == first
    assert len(remembering._known) == 2 * count
    for key, (held, _) in remembering._known.items():
        assert key[1:] == tuple(map(id, held))
