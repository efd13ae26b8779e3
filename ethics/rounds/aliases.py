"""Aliases: birds that nobody minds being. Drawn at random, so that none says anything about who bears it."""

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from ethics import db
from ethics.cohorts.models import Group
from ethics.rounds.models import Alias, Participation

NAMES = tuple(
    """
    Avocet Barbet Bittern Bluethroat Bulbul Bunting Bustard Chough Cormorant Crane Crossbill Curlew Dipper Dotterel
    Dove Dunlin Dunnock Egret Eider Fieldfare Finch Flamingo Flycatcher Gannet Godwit Goldcrest Goldeneye Goshawk
    Grebe Greenshank Guillemot Harrier Hawfinch Heron Hobby Hoopoe Ibis Jacana Jackdaw Jay Kestrel Kingfisher Kite
    Kittiwake Knot Lapwing Lark Linnet Martin Merganser Merlin Moorhen Nightjar Nuthatch Oriole Osprey Ouzel
    Oystercatcher Partridge Pelican Petrel Phalarope Pintail Pipit Plover Pochard Puffin Quail Rail Raven Redpoll
    Redshank Redstart Redwing Robin Roller Rook Sanderling Sandpiper Serin Shearwater Shelduck Shoveler Shrike Siskin
    Skua Skylark Smew Snipe Sparrow Spoonbill Starling Stilt Stonechat Stork Swallow Swan Swift Tanager Teal Tern
    Thrush Toucan Treecreeper Turnstone Twite Wagtail Warbler Waxwing Weaver Wheatear Whimbrel Whinchat Whitethroat
    Wigeon Woodcock Woodlark Wren Wryneck Yellowhammer
    """.split()
)


def alias_in_group(session: Session, participation: Participation, group_id: int) -> Alias:
    """The alias by which the group knows this student, drawn now if there is none yet: never one they bore before."""
    found = session.scalar(select(Alias).where(Alias.participation_id == participation.id, Alias.group_id == group_id))
    if found is not None:
        return found
    # Of two students who draw at once, the second waits, so that they cannot draw the same name.
    session.execute(select(Group.id).where(Group.id == group_id).with_for_update(key_share=True))
    in_group = and_(Alias.round_id == participation.round_id, Alias.group_id == group_id)
    own = Alias.participation_id == participation.id
    taken = set(session.scalars(select(Alias.name).where(or_(in_group, own))))
    alias = Alias(
        round_id=participation.round_id,
        participation_id=participation.id,
        group_id=group_id,
        name=_free_name(taken),
        named_at=None,
    )
    session.add(alias)
    session.flush()
    return alias


def _free_name(taken: set[str]) -> str:
    lap = 1
    while True:
        free = [name for name in (NAMES if lap == 1 else [f"{name} {lap}" for name in NAMES]) if name not in taken]
        if free:
            return db.chance.choice(free)
        lap += 1
