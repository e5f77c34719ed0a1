"""
Relations between records: members of groups and spaces, doors that somebody may open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seamproof.mock_server.world.calls.filters import chosen, related
from seamproof.mock_server.world.calls.rows import Row, planned
from seamproof.mock_server.world.kinds import KINDS
from seamproof.mock_server.world.records import UNSET, WorldEffect
from seamproof.mock_server.world.refusals import not_found

if TYPE_CHECKING:
    from seamproof.mock_server.world.calls.call import Call
    from seamproof.mock_server.world.records import Record


def records_of(call: Call, kind: str, given: object) -> list[Record]:
    """
    Find the records with these ids, one or several.

    Raises:
        CallRefused: 404, one is missing.
    """
    ids = given if isinstance(given, list) else [] if given is None else [given]
    found = [call.records.get(kind, one) for one in ids]
    if None in found:
        raise not_found(kind)
    return [one for one in found if one is not None]


def with_link(record: Record, name: str, other: str, *, adds: bool) -> WorldEffect:
    """
    Add an id to a link of a record, or take it away.
    """
    known = record.links.get(name, ())
    ids = [one for one in known if one != other] + ([other] if adds else [])
    return WorldEffect.on(record, links={name: ids})


def link(owner: str, member: str, *, adds: bool = True) -> Row:
    """
    A call that lets one record, such as a group, have another one, such as a user, or not.
    """

    def plan(call: Call) -> None:
        record = call.find()
        id_name = KINDS[member].id_name
        given = call.given.get(id_name)
        members = records_of(call, member, given)
        if given is None:
            named = call.picked("user_identity_id", "acs_system_id")
            members = [*chosen(call.records, Row(verb="get", kind=member), named)]
        for one in members:
            current = call.records.get(*record.key) or record
            call.turn.do(with_link(current, f"{id_name}s", one.id, adds=adds))

    return planned(owner, plan)


def refer(kind: str, *names: str, removes: bool = False) -> Row:
    """
    A call that sets which other records a record refers to, or takes them away.
    """

    def plan(call: Call) -> None:
        record = call.find()
        given = call.picked(*names)
        for name, value in given.items():
            records_of(call, name.removesuffix("_id"), value)
        values = dict.fromkeys(names if removes else (), UNSET) or given
        call.affect(record, sets=values)
        if "acs_user_id" in given and not removes:
            user = records_of(call, "acs_user", given["acs_user_id"])[0]
            if identity := user.document.get("user_identity_id"):
                call.affect(record, sets={"user_identity_id": identity})

    return planned(kind, plan)


def space_members(kind: str, *, adds: bool = True) -> Row:
    """
    A call that adds devices, entrances or the devices of an account to a space, or removes them.
    """

    def plan(call: Call) -> None:
        space = call.find("space")
        if kind == "connected_account":
            account = records_of(call, kind, call.given["connected_account_id"])[0]
            members = [
                one
                for one in call.records.referring(account.key)
                if one.kind in ("device", "acs_entrance")
            ]
        else:
            members = records_of(call, kind, call.given[f"{kind}_ids"])
        join(call, space, members, adds=adds)

    return planned("space", plan)


def join(call: Call, space: Record, members: list[Record], *, adds: bool) -> None:
    """
    Let records be in a space, or not.
    """
    for one in members:
        rest = [name for name in one.document.get("space_ids", ()) if name != space.id]
        ids = [*rest, space.id] if adds else rest
        call.affect(one, sets={"space_ids": ids})
    if members:
        call.affect(space, "space.device_membership_changed")


def get_related(kind: str) -> Row:
    """
    A call that returns what is related to records, by kinds.
    """

    def plan(call: Call) -> None:
        id_name, key = KINDS[kind].id_name, f"{kind}_key"
        ids = set(call.given.get(f"{id_name}s") or ())
        keys = set(call.given.get(f"{key}s") or ())
        wanted = {
            one.id
            for one in call.records.all(kind)
            if one.id in ids or call.show(one).get(key) in keys
        }
        batch: dict[str, list[object]] = {}
        include, exclude = call.given.get("include"), call.given.get("exclude") or ()
        for other in KINDS:
            plural = "user_identities" if other == "user_identity" else f"{other}s"
            known = plural in call.operation.batch_keys
            if known and (include is None or plural in include) and plural not in exclude:
                found = [
                    one
                    for one in call.records.all(other)
                    if other != kind and related(call.records, one, id_name, wanted)
                ]
                batch[plural] = [call.show(one) for one in found]
        call.answer[call.operation.key] = batch

    return planned(kind, plan)
