"""Who asks: the person on whose behalf a query runs or an action writes."""

from dataclasses import dataclass

from sqlalchemy import bindparam

from ethics.people.models import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, as plain data. Cohort roles are looked up where they matter."""

    id: int
    public_id: str
    name: str
    roles: frozenset[Role] = frozenset()
    zone: str | None = None

    def has(self, role: Role) -> bool:
        """Whether the person holds this role of the installation."""
        return role in self.roles


ANYBODY = Actor(bindparam("actor_id"), "", "")  # type: ignore[arg-type]  # stands for the id of whoever asks
"""For statements that are built once and run for everybody, with `actor_id` among their parameters: building one anew
costs several times as much as running it."""
