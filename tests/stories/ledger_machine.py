"""Plays with a ledger at random and compares it, after every move, with the model of what it promises."""

import dataclasses

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.errors import LeaseLostError
from bot.ledger import Claimant, Job, JobState, Lane, Lease, Ledger, NewDelivery
from bot.ledger.schema import metadata
from stories.ledger_model import ACTIVE, ENDED, Model, Wish

LEASE = 30.0
FORGES, TENANTS = ("github", "github", "gitlab"), ("ann", "bea", "cid")
TEAMS = ("host_1/", "host11/")  # one is the other with a wildcard in it
TEAM_LIMIT = 2
NUMBERS = st.integers(0, 10_000)


WISHES = st.builds(
    Wish,
    forge=st.sampled_from(FORGES),
    tenant=st.sampled_from(TENANTS),
    number=st.integers(1, 2),
    kind=st.sampled_from(["implement", "implement", "review", "cancel"]),
    priority=st.sampled_from([0, 0, 1]),
    quiet=st.sampled_from([0.0, 0.0, 10.0]),
)
SLOTS = st.tuples(st.sampled_from(TEAMS), st.integers(1, 3))


def play(ledger: Ledger, *, games: int, moves: int) -> None:
    """Play so many games on one ledger, each on empty tables; the same games every time."""
    profile = settings(
        max_examples=games,
        stateful_step_count=moves,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    run_state_machine_as_test(lambda: LedgerMachine(ledger), settings=profile)


class LedgerMachine(RuleBasedStateMachine):
    """Two forges, three tenants with two subjects each, two teams of three slots."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.model = Model()
        self.ledger = Ledger(ledger._engine, lambda _connection: self.model.now)
        with ledger._engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(sa.delete(table))
        self.leases: list[Lease] = []
        self.before: dict[int, Job] = {}
        self.asked_again: int | None = None

    # The door

    def _take_in(self, wish: Wish, *, guid: str = "", key: str = "") -> None:
        fresh = f"{len(self.model.deliveries)}-{len(self.model.jobs)}-{self.model.now}"
        new, work = NewDelivery(wish.forge, guid or fresh, "push", b"{}"), wish.work(key or fresh)
        expected_new = self.model.is_new(new, work)
        taken = self.ledger.take_in(new, work)
        assert taken.duplicate != expected_new
        assert (taken.job_id is not None) == expected_new
        if taken.job_id is not None:
            assert taken.job_id not in self.model.jobs
            self.model.take_in(taken.job_id, new, work)

    @rule(wishes=st.lists(WISHES, min_size=1, max_size=5))
    def take_in(self, wishes: list[Wish]) -> None:
        for wish in wishes:
            self._take_in(wish)

    @rule(wish=WISHES, gaps=st.lists(st.sampled_from([0.0, 4.0, 9.0]), min_size=2, max_size=5))
    def take_in_a_storm(self, wish: Wish, gaps: list[float]) -> None:
        for gap in gaps:
            self._take_in(dataclasses.replace(wish, kind="review", quiet=10.0))
            self.model.now += gap

    @precondition(lambda self: self.model.jobs)
    @rule(wish=WISHES, which=NUMBERS, by_guid=st.booleans())
    def take_in_again(self, wish: Wish, which: int, by_guid: bool) -> None:  # noqa: FBT001  # hypothesis names it
        guids = [guid for forge, guid in self.model.deliveries if forge == wish.forge]
        keys = [job.dedupe_key for job in self.model.jobs.values()]
        guid = guids[which % len(guids)] if guids and by_guid else ""
        self._take_in(wish, guid=guid, key="" if by_guid else keys[which % len(keys)])

    @rule(kept_seconds=st.sampled_from([20.0, 120.0]))
    def purge(self, kept_seconds: float) -> None:
        expected = self.model.purge(kept_seconds)
        assert self.ledger.purge(kept_seconds) == expected

    # Time

    @rule(seconds=st.sampled_from([0.0, 0.5, 3.0, 14.5, LEASE, LEASE + 0.5, 301.0]))
    def time_goes_on(self, seconds: float) -> None:
        self.model.now += seconds

    @precondition(lambda self: any(job.state in ACTIVE for job in self.model.jobs.values()))
    @rule(slot=SLOTS)
    def a_lease_is_at_its_end(self, slot: tuple[str, int]) -> None:
        ends = [job.lease_until for job in self.model.jobs.values() if job.state in ACTIVE]
        self.model.now = max(self.model.now, *ends)
        self._claim(slot, 3, None)

    # Workers

    def _claim(self, slot: tuple[str, int], tenant_limit: int, only: int | None) -> None:
        team, number = slot
        who = Claimant(f"{team}{number}", team, TEAM_LIMIT, tenant_limit, LEASE)
        expected = self.model.claim(who, only)
        claimed = self.ledger.claim(who, only)
        assert claimed == expected
        if claimed is None:
            return
        self.leases.append(Lease(claimed.id, claimed.fence))
        if claimed.lane is Lane.WORK:
            assert self.model.running_of(claimed.tenant) <= tenant_limit
            assert self.model.running_in(team, beside=who.name) < TEAM_LIMIT

    @rule(slots=st.lists(SLOTS, min_size=1, max_size=6), tenant_limit=st.integers(1, 3))
    def claim(self, slots: list[tuple[str, int]], tenant_limit: int) -> None:
        for slot in slots:
            self._claim(slot, tenant_limit, None)

    @precondition(lambda self: self.model.jobs)
    @rule(slot=SLOTS, tenant_limit=st.integers(1, 3), which=NUMBERS)
    def claim_that_one(self, slot: tuple[str, int], tenant_limit: int, which: int) -> None:
        self._claim(slot, tenant_limit, sorted(self.model.jobs)[which % len(self.model.jobs)])

    def lease(self, which: int) -> tuple[Lease, bool]:
        """Choose a lease, most often one that holds; say whether it does."""
        holding = [lease for lease in self.leases if self.model.holds(lease)]
        among = holding if holding and which % 3 else self.leases
        lease = among[which % len(among)]
        return lease, self.model.holds(lease)

    @precondition(lambda self: self.leases)
    @rule(which=NUMBERS)
    def heartbeat(self, which: int) -> None:
        lease, holds = self.lease(which)
        try:
            asked = self.ledger.heartbeat(lease, lease_seconds=LEASE)
        except LeaseLostError:
            assert not holds
            return
        assert holds
        job = self.model.change(lease.job_id, lease_until=self.model.now + LEASE)
        stopped = JobState.SUPERSEDED if job.superseded_by is not None else None
        assert asked == (JobState.CANCELLED if job.cancelled_by else stopped)

    @precondition(lambda self: self.leases)
    @rule(which=NUMBERS)
    def check(self, which: int) -> None:
        lease, holds = self.lease(which)
        try:
            self.ledger.check(lease)
        except LeaseLostError:
            assert not holds or self.model.jobs[lease.job_id].lease_until < self.model.now
        else:
            assert holds
            assert self.model.jobs[lease.job_id].lease_until >= self.model.now

    @precondition(lambda self: self.leases)
    @rule(which=NUMBERS, tokens=st.integers(0, 9))
    def publishing(self, which: int, tokens: int) -> None:
        lease, holds = self.lease(which)
        try:
            self.ledger.publishing(lease)
            self.ledger.count_tokens(lease, tokens_in=tokens, tokens_out=1)
        except LeaseLostError:
            assert not holds
            return
        assert holds
        job = self.model.jobs[lease.job_id]
        counted = {"tokens_in": job.tokens_in + tokens, "tokens_out": job.tokens_out + 1}
        self.model.change(job.id, state=JobState.PUBLISHING, **counted)

    @precondition(lambda self: self.leases)
    @rule(which=NUMBERS, name=st.sampled_from(["place", "answer"]))
    def save_step(self, which: int, name: str) -> None:
        lease, holds = self.lease(which)
        output = f"{name} by fence {lease.fence} at {self.model.now}"
        steps = self.model.kept[lease.job_id].steps
        try:
            self.ledger.save_step(lease, name, output)
            self.ledger.save_step(lease, name, "another answer")
        except LeaseLostError:
            assert not holds
        else:
            assert holds
            steps.setdefault(name, output)
        assert self.ledger.step(lease.job_id, name) == steps.get(name)

    @precondition(lambda self: self.leases)
    @rule(which=NUMBERS, name=st.sampled_from(["status", "pull"]), confirming=st.booleans())
    def make_effect(self, which: int, name: str, confirming: bool) -> None:  # noqa: FBT001
        lease, holds = self.lease(which)
        effects = self.model.kept[lease.job_id].effects
        try:
            effect = self.ledger.intend(lease, name, f"{lease.job_id}-{name}")
            assert effect.fresh == (name not in effects)
            assert (effect.confirmed, effect.forge_ref) == (bool(effects.get(name)), effects.get(name) or "")
            effects.setdefault(name, None)
            if confirming:
                self.ledger.confirm(lease, name, f"made {self.model.now}")
                effects[name] = f"made {self.model.now}"
        except LeaseLostError:
            assert not holds
        else:
            assert holds

    @precondition(lambda self: self.leases)
    @rule(which=NUMBERS, delay=st.sampled_from([0.0, 5.0, 40.0]), counted=st.booleans())
    def release(self, which: int, delay: float, counted: bool) -> None:  # noqa: FBT001
        lease, holds = self.lease(which)
        try:
            self.ledger.release(lease, delay_seconds=delay, outcome="later", counted=counted)
        except LeaseLostError:
            assert not holds
            return
        assert holds
        job = self.model.jobs[lease.job_id]
        back = {"state": JobState.QUEUED, "run_after": self.model.now + delay, "outcome": "later"}
        self.model.change(job.id, attempts=job.attempts - (not counted), **back)

    @precondition(lambda self: self.leases)
    @rule(which=NUMBERS, end=st.sampled_from(ENDED))
    def finish(self, which: int, end: JobState) -> None:
        lease, holds = self.lease(which)
        try:
            self.ledger.finish(lease, outcome="over", state=end)
        except LeaseLostError:
            assert not holds
            return
        assert holds
        self.model.change(lease.job_id, state=end, outcome="over", done_at=self.model.now)

    # People and forges

    @precondition(lambda self: self.model.jobs)
    @rule(which=NUMBERS)
    def cancel(self, which: int) -> None:
        job_id = sorted(self.model.jobs)[which % len(self.model.jobs)]
        assert self.ledger.cancel(job_id, by="ann") == self.model.cancel(job_id, "ann")

    @precondition(lambda self: self.model.jobs)
    @rule(which=NUMBERS)
    def retry(self, which: int) -> None:
        job_id = sorted(self.model.jobs)[which % len(self.model.jobs)]
        expected = self.model.retry(job_id)
        assert self.ledger.retry(job_id) == expected
        self.asked_again = job_id if expected else None

    @rule(forge=st.sampled_from(FORGES), times=st.sampled_from([1, 1, 1, 5]))
    def forge_fails(self, forge: str, times: int) -> None:
        for _ in range(times):
            self.ledger.forge_failed(forge)
            self.model.forge_failed(forge)
        assert self.ledger.failures(forge) == self.model.breakers[forge][0]

    @rule(forge=st.sampled_from(FORGES), slots=st.lists(SLOTS, min_size=4, max_size=4))
    def forge_is_away_and_tried_again(self, forge: str, slots: list[tuple[str, int]]) -> None:
        self.forge_fails(forge=forge, times=5)
        self.model.now = self.model.breakers[forge][1]
        for slot in slots:
            self._claim(slot, 3, None)
            self.model.now += 4.8  # three of them are just within the probe's time

    @rule(forge=st.sampled_from(FORGES))
    def forge_answers(self, forge: str) -> None:
        self.ledger.forge_answered(forge)
        self.model.breakers.pop(forge, None)
        assert self.ledger.failures(forge) == 0

    # What holds at all times

    @invariant()
    def ledger_and_model_agree(self) -> None:
        found = {job.id: job for job in self.ledger.jobs(limit=1000)}
        assert found == self.model.jobs
        if found != self.before:
            self._nothing_impossible_happened(found)
        self.before, self.asked_again = found, None

    def _nothing_impossible_happened(self, found: dict[int, Job]) -> None:
        active = [(job.subject, job.lane) for job in found.values() if job.state in ACTIVE]
        assert len(active) == len(set(active))
        for job_id, old in self.before.items():
            assert found[job_id].fence >= old.fence
            ended = old.state in ENDED and job_id != self.asked_again
            assert not ended or found[job_id] == old
        for job in found.values():
            pushed = self.model.kept[job.id].first_push
            assert pushed is None or job.fence + job.round > 0 or job.run_after <= pushed + 60.0

    @invariant()
    def what_is_due_can_be_claimed(self) -> None:
        expected = {job.id for job in self.model.jobs.values() if self.model.is_claimable(job)}
        assert set(self.ledger.due(1000)) == expected

    def teardown(self) -> None:
        for job_id, kept in self.model.kept.items():
            steps, effects = self.ledger.history(job_id)
            assert {step["name"]: step["output"] for step in steps} == kept.steps
            assert {effect["name"]: effect["forge_ref"] or None for effect in effects} == kept.effects
