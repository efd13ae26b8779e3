"""Who asks: the person on whose behalf a query runs or an action writes."""

from dataclasses import dataclass

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
