from collections import Counter
from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.repositories.outbox import Waiting
from app.services.fair_share import FairShare, Room
from providers.routing.allowances import Allowances
from providers.routing.pools import Pools
from providers.types import ProviderConfig, RateLimits

A, B, C = (UUID(int=n) for n in (1, 2, 3))


def backlog(tenant: UUID, count: int, lane: str = "openai", begins: bool = True) -> list[Waiting]:
    first = tenant.int * 100_000
    return [
        Waiting(id=first + n, tenant_id=tenant, lane=lane, priority=1, begins=begins)
        for n in range(count)
    ]


def served(chosen: list[Waiting]) -> Counter[UUID]:
    return Counter(m.tenant_id for m in chosen)


def test_a_newcomer_goes_before_a_backlog() -> None:
    share = FairShare()
    share.choose({A: backlog(A, 5000)}, {}, Room({"openai": 16}, {}), 200)
    chosen = share.choose({A: backlog(A, 5000), B: backlog(B, 1)}, {}, Room({"openai": 1}, {}), 200)
    assert served(chosen) == {B: 1}


def test_turns_go_on_over_rounds_with_room_for_one() -> None:
    share = FairShare()
    room = [
        share.choose({A: backlog(A, 9), B: backlog(B, 9)}, {}, Room({"openai": 1}, {}), 200)
        for _ in range(10)
    ]
    assert served([m for chosen in room for m in chosen]) == {A: 5, B: 5}


def test_weights_are_shares() -> None:
    waiting = {A: backlog(A, 1000), B: backlog(B, 1000), C: backlog(C, 1000)}
    chosen = FairShare().choose(waiting, {A: 3, B: 2}, Room({"openai": 600}, {}), 600)
    assert served(chosen) == {A: 300, B: 200, C: 100}


def test_a_full_lane_does_not_hold_up_another() -> None:
    waiting = {A: [*backlog(A, 50), *backlog(A, 1, "gemini")]}
    chosen = FairShare().choose(waiting, {}, Room({"openai": 0, "gemini": 5}, {}), 200)
    assert [m.lane for m in chosen] == ["gemini"]


def test_a_cap_on_jobs_in_flight_lets_begun_jobs_go_on() -> None:
    waiting = {A: [*backlog(A, 10), *backlog(A, 3, begins=False)]}
    chosen = FairShare().choose(waiting, {}, Room({"openai": 100}, {A: 2}), 200)
    assert [m.begins for m in chosen] == [True, True, False, False, False]


def test_the_default_cap_holds_for_a_tenant_that_nobody_named() -> None:
    room = Room({"openai": 100}, {}, each=4)
    assert len(FairShare().choose({A: backlog(A, 10)}, {}, room, 200)) == 4


@given(
    st.dictionaries(st.sampled_from([A, B, C]), st.integers(0, 40), min_size=1),
    st.dictionaries(st.sampled_from([A, B, C]), st.integers(1, 9)),
    st.lists(st.integers(0, 60), min_size=1, max_size=30),
)
def test_nobody_starves_and_no_room_is_wasted(
    counts: dict[UUID, int], weights: dict[UUID, int], rooms: list[int]
) -> None:
    share = FairShare()
    waiting = {tenant: backlog(tenant, count) for tenant, count in counts.items()}
    for free in rooms:
        waiting = {t: m for t, m in waiting.items() if m}
        before = sum(map(len, waiting.values()))
        chosen = share.choose(waiting, weights, Room({"openai": free}, {}), 200)
        assert len(chosen) == min(free, before)
        assert len({m.id for m in chosen}) == len(chosen)
        for tenant in waiting:
            own = [m for m in chosen if m.tenant_id == tenant]
            assert own == waiting[tenant][: len(own)]
            waiting[tenant] = waiting[tenant][len(own) :]
        if free >= 27 * len(waiting):
            assert set(served(chosen)) == set(waiting)


def test_a_head_of_line_job_without_room_does_not_hold_up_another_model() -> None:
    tight = ProviderConfig(
        name="openai", kind="openai", limits={"tight": RateLimits(requests_per_minute=60)}
    )
    head = [replace(m, deployment="openai/tight", tokens=10) for m in backlog(A, 50)]
    free = [replace(m, deployment="openai/free", tokens=10) for m in backlog(B, 5)]
    waiting = {A: [*head, *(replace(m, tenant_id=A, id=m.id + 500) for m in free)], B: free}
    room = Room({"openai": 100}, {}, rates=Pools(Allowances({"openai": tight})))
    chosen = FairShare().choose(waiting, {}, room, 200)
    assert Counter(m.deployment for m in chosen) == {"openai/tight": 2, "openai/free": 10}
    assert room.rates.refused == 48
