"""What can go wrong below the doors, in four words. Doors turn each into an answer and find the words for it."""


class DomainError(Exception):
    """Something a person asked for cannot be done. `code` is stable and names the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotFound(DomainError):
    """The thing does not exist, or the actor may not know that it does (404)."""

    def __init__(self, code: str = "not-found") -> None:
        super().__init__(code)


class NotAllowed(DomainError):
    """The actor may see the thing, but may not do this to it, or not yet, or no longer (403)."""


class Invalid(DomainError):
    """The input breaks a rule (422). `field` names the input, where there is one."""

    def __init__(self, code: str, field: str | None = None) -> None:
        super().__init__(code)
        self.field = field


class Conflict(DomainError):
    """Somebody was faster (409). `current` is what stands now, for showing beside what was typed."""

    def __init__(self, code: str, current: object = None) -> None:
        super().__init__(code)
        self.current = current
