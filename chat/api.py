"""HTTP of the chat (docs/protocol.md): opening a circle, and what a device fetches to join and to
catch up.

Thin doors: decode, one service or selector, answer.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID

from ninja import Query, Router

from accounts.http import SignedInRequest, signed_in
from audit.doors import audited
from audit.services import actor_of
from chat import duties, epochs, opening, schemas, selectors
from circles import services as circles
from circles.api import router as circles_router
from circles.schemas import CircleDetail
from circles.selectors import circle_detail

router = Router(auth=signed_in, tags=["chat"])


# On the router that lists circles: ninja tells methods of one address apart within a router only.
@circles_router.post("/circles", response=CircleDetail)
@audited("circle.create")
def open_circle(request: SignedInRequest, body: schemas.OpenCircleIn) -> CircleDetail:
    create = partial(
        circles.open_circle, patient=body.patient.traits(), informed_on=body.informed_on, ground=body.ground
    )
    return _open(request, body.id, body.group, create)


@router.post("/circles/{circle_id}/compartments", response=CircleDetail)
@audited("circle.create")
def open_compartment(request: SignedInRequest, circle_id: UUID, body: schemas.OpenNamedIn) -> CircleDetail:
    create = partial(circles.open_compartment, parent_id=circle_id, name=body.name)
    return _open(request, body.id, body.group, create)


@router.post("/organisations/{organisation_id}/teams", response=CircleDetail)
@audited("circle.create")
def open_team(request: SignedInRequest, organisation_id: UUID, body: schemas.OpenNamedIn) -> CircleDetail:
    create = partial(circles.open_team, organization_id=organisation_id, name=body.name)
    return _open(request, body.id, body.group, create)


@router.post("/exchanges", response=CircleDetail)
@audited("circle.create")
def open_exchange(request: SignedInRequest, body: schemas.OpenExchangeIn) -> CircleDetail:
    return _open(request, body.id, body.group, partial(circles.open_exchange, peer_id=body.peer))


def _open(request: SignedInRequest, circle_id: UUID, group: schemas.NewGroupIn, create: opening.Create) -> CircleDetail:
    actor = actor_of(request)
    opening.open_circle(
        actor=actor,
        user_id=request.user.id,
        circle_id=circle_id,
        new=group.new_group(),
        create=create,
    )
    return circle_detail(request.user.id, circle_id)


@router.get("/circles/{circle_id}/group", response=schemas.GroupOut)
@audited("mls.read")
def read_group(request: SignedInRequest, circle_id: UUID) -> schemas.GroupOut:
    return schemas.GroupOut.of(selectors.group_for(request.user.id, circle_id))


@router.get("/circles/{circle_id}/chain", response=schemas.ChainOut)
@audited("mls.read")
def read_chain(request: SignedInRequest, circle_id: UUID) -> schemas.ChainOut:
    return schemas.ChainOut.of(selectors.chain_for(request.user.id, circle_id))


@router.get("/circles/{circle_id}/items", response=schemas.ItemsOut)
@audited("message.read")
def read_items(request: SignedInRequest, circle_id: UUID, page: Query[schemas.PageIn]) -> schemas.ItemsOut:
    items = selectors.items_for(request.user.id, circle_id, since=page.since, before=page.before, limit=page.limit)
    return schemas.ItemsOut.of(items)


@router.get("/circles/{circle_id}/epochs", response=schemas.EpochsOut)
@audited("mls.read")
def read_epochs(request: SignedInRequest, circle_id: UUID) -> schemas.EpochsOut:
    return schemas.EpochsOut.of(selectors.epochs_for(request.user.id, circle_id))


@router.get("/circles/{circle_id}/duties", response=schemas.DutiesOut)
@audited("mls.read")
def read_duties(request: SignedInRequest, circle_id: UUID) -> schemas.DutiesOut:
    return schemas.DutiesOut.of(duties.duties_for(request.user.id, circle_id))


@router.get("/circles/{circle_id}/receipts", response=schemas.ReceiptsOut)
@audited("receipt.read")
def read_receipts(request: SignedInRequest, circle_id: UUID) -> schemas.ReceiptsOut:
    return schemas.ReceiptsOut.of(selectors.receipts_for(request.user.id, circle_id))


@router.get("/keys", response=schemas.KeysOut)
@audited("epochkey.read")
def read_keys(request: SignedInRequest, circle: UUID | None = None) -> schemas.KeysOut:
    return schemas.KeysOut.of(selectors.epoch_keys_of(request.user.id, circle))


@router.put("/circles/{circle_id}/keys/{epoch}", response=schemas.Done)
@audited("epochkey.repair")
def repair_key(request: SignedInRequest, circle_id: UUID, epoch: int, body: schemas.SealedIn) -> schemas.Done:
    epochs.repair_key(
        actor=actor_of(request), user_id=request.user.id, circle_id=circle_id, epoch=epoch, sealed=body.sealed
    )
    return schemas.Done()
