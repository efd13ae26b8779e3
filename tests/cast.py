"""Who acts in the tests. Everybody has the password of the demo class."""

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from ethics.people.actor import Actor
from ethics.people.models import Role, RoleGrant, User
from tests.clock import START

PASSWORD = "ethics-demo"
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD_HASH = CHEAP_HASHER.hash(PASSWORD)


def enter(session: Session, name: str, *roles: Role, email: str = "", active: bool = True) -> User:
    """Give somebody an account that can sign in; `enter(session, "Ana")` is ana@demo.example."""
    user = User(
        email=email or name.partition(" ")[0].lower() + "@demo.example",
        name=name,
        password_hash=PASSWORD_HASH,
        zone=None,
        active=active,
        created_at=START,
    )
    session.add(user)
    session.flush()
    session.add_all(RoleGrant(user_id=user.id, role=role.value) for role in roles)
    session.flush()
    return user


def actor(user: User, *roles: Role) -> Actor:
    """The same person as an action's `actor`."""
    return Actor(user.id, user.public_id, user.name, frozenset(roles), user.zone)
