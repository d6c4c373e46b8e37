/**
 * The client's own types (branded ids, tighter words) against what the server says it sends and takes: `wire.ts` is
 * generated from the API and the socket's frames. Nothing runs here; `npm run types` refuses a disagreement.
 */
import type * as wire from "../src/core/api/wire.ts"
import type { FilesApi } from "../src/core/api/files.ts"
import type * as careTeams from "../src/core/api/careTeams.ts"
import type * as holds from "../src/core/api/holds.ts"
import type * as network from "../src/core/api/networkTypes.ts"
import type * as reaching from "../src/core/api/reaching.ts"
import type * as trail from "../src/core/api/trail.ts"
import type * as trailSubjects from "../src/core/api/trailSubjects.ts"
import type * as trailViews from "../src/core/api/trailViews.ts"
import type * as own from "../src/core/api/types.ts"
import type * as frames from "../src/core/sync/frames.ts"

/** A body of ours is taken: it fits, and holds nothing that the server would refuse as unknown. */
type Taken<Wire, Own> = [Own] extends [Wire] ? Known<Wire, Own> : { readonly doesNotFit: Wire; readonly own: Own }

/**
 * An answer can be read: each field that we read is sent, and one of the two types contains the other. (Ours may be
 * tighter, because `read.ts` refuses the rest, or looser, because we do not care.)
 */
type Read<Wire, Own> = {
  [K in keyof Own & keyof Wire]: [Own[K]] extends [Wire[K]] ? true : [Wire[K]] extends [Own[K]] ? true : K
}[keyof Own & keyof Wire] extends true
  ? Known<Wire, Own>
  : { readonly incomparable: Wire; readonly own: Own }

type Known<Wire, Own> = [Exclude<keyof Own, keyof Wire>] extends [never]
  ? true
  : { readonly unknown: Exclude<keyof Own, keyof Wire> }
type Agreed<T extends true> = T

export type Answers = [
  Agreed<Read<wire.Me, own.Me>>,
  Agreed<Read<wire.CircleRow, own.CircleRow>>,
  Agreed<Read<wire.CircleDetail, own.CircleDetail>>,
  Agreed<Read<wire.PatientShown, own.CirclePatient>>,
  Agreed<Read<wire.MemberRow, own.Member>>,
  Agreed<Read<wire.PendingInvitation, own.PendingInvitation>>,
  Agreed<Read<wire.Former, own.Former>>,
  Agreed<Read<wire.Timeline, own.Timeline>>,
  Agreed<Read<wire.TimelineRow, own.TimelineRow>>,
  Agreed<Read<wire.Compartment, own.CompartmentRow>>,
  Agreed<Read<wire.Candidate, own.Candidate>>,
  Agreed<Read<wire.Candidates, own.Candidates>>,
  Agreed<Read<wire.MyInvitation, own.Invitation>>,
  // Which of them is this very device the client knows alone.
  Agreed<Read<wire.DeviceOut, Omit<own.DeviceRow, "current">>>,
  Agreed<Read<wire.VaultOut, own.VaultBlobs>>,
  Agreed<Read<wire.GroupOut, own.GroupAnswer>>,
  Agreed<Read<wire.ChainOut, own.ChainAnswer>>,
  Agreed<Read<wire.ItemsOut, own.ItemsAnswer>>,
  Agreed<Read<wire.ReceiptOut, own.ReceiptRow>>,
  Agreed<Read<wire.KeyOut, own.KeyRow>>,
  Agreed<Read<wire.ProposedCircle, careTeams.ProposedCircle>>,
  Agreed<Read<wire.ProposedChanges, careTeams.ProposedChanges>>,
  Agreed<Read<wire.SystemRow, careTeams.SystemRow>>,
  Agreed<Read<wire.SystemSecret, careTeams.SystemSecret>>,
  Agreed<Read<wire.TrailRow, trail.TrailRow>>,
  Agreed<Read<wire.TrailPage, trail.TrailPage>>,
  Agreed<Read<wire.TrailEvent, trail.TrailEvent>>,
  Agreed<Read<wire.TrailFacets, trail.TrailFacets>>,
  Agreed<Read<wire.SubjectFound, trailSubjects.SubjectFound>>,
  Agreed<Read<wire.SubjectResolved, trailSubjects.SubjectResolved>>,
  Agreed<Read<wire.ResolutionRow, trailSubjects.ResolutionRow>>,
  Agreed<Read<wire.OpenedWords, trailSubjects.OpenedWords>>,
  Agreed<Read<wire.RightChange, trailViews.RightChange>>,
  Agreed<Read<wire.CircleAct, trailViews.CircleAct>>,
  Agreed<Read<wire.HoldRow, holds.HoldRow>>,
  Agreed<Read<wire.Contacts, network.Contacts>>,
  Agreed<Read<wire.ContactRow, network.Contact>>,
  Agreed<Read<wire.Found, network.Found>>,
  Agreed<Read<wire.FoundPerson, network.FoundPerson>>,
  Agreed<Read<wire.StructureShown, network.StructureShown>>,
  Agreed<Read<wire.ProfileShown, network.ProfessionalProfile>>,
  Agreed<Read<wire.FileStatus, Awaited<ReturnType<FilesApi["status"]>>>>,
]

/** Words that the client would not read, or could not word: each that the server says is known here. */
export type Words = [
  Agreed<[wire.NoticeRow["what"]] extends [reaching.What] ? true : false>,
  Agreed<[wire.TimelineRow["what"]] extends [own.TimelineRow["what"]] ? true : false>,
]

export type Bodies = [
  Agreed<Taken<wire.DeviceIn, own.DeviceRegistration>>,
  Agreed<Taken<wire.HoldSubjectIn, holds.HeldSubject & { readonly reason: string }>>,
  Agreed<Taken<wire.HoldPeriodIn, holds.HeldPeriod & { readonly reason: string }>>,
  Agreed<Taken<wire.ProfileIn, network.ProfileChange>>,
  Agreed<Taken<wire.OpenCircleIn, own.NewCircle>>,
  Agreed<Taken<wire.OppositionIn, own.NewOpposition>>,
  Agreed<Taken<wire.OpenNamedIn, own.NewNamedCircle>>,
  Agreed<Taken<wire.OpenExchangeIn, own.NewExchange>>,
]

type Named<T, Kind> = Extract<T, { readonly t: Kind }>
type Each<Kind extends frames.ClientFrame["t"]> = {
  [K in Kind]: Taken<Named<wire.ClientFrame, K>, Named<frames.ClientFrame, K>>
}[Kind]

export type Frames = [
  Agreed<Each<frames.ClientFrame["t"]>>,
  // A kind of frame that the client does not know would be refused at run time: refused here instead.
  Agreed<[wire.ClientFrame["t"]] extends [frames.ClientFrame["t"]] ? true : false>,
  Agreed<[wire.ServerFrame["t"]] extends [frames.ServerFrame["t"]] ? true : false>,
  Agreed<[frames.ServerFrame["t"]] extends [wire.ServerFrame["t"]] ? true : false>,
]
