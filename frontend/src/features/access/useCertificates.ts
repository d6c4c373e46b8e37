/** The desk's certificates. Fetching one is an act of the trail, so nothing is fetched twice by itself. */
import { useQuery, useQueryClient } from "@tanstack/react-query"
import type { CertificateAsked, CertificateDocument, CertificateId, CertificateRow } from "../../core/index.ts"
import { useCordee } from "../cordee.ts"
import { useDesk } from "../trail/desk.ts"

const ONCE = { staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false, refetchOnReconnect: false }

export interface Certificates {
  /** Newest first; null before the first answer. */
  readonly rows: readonly CertificateRow[] | null
  readonly error: Error | null
  readonly again: () => void
  readonly make: (asked: CertificateAsked, reason: string) => Promise<CertificateRow>
}

export function useCertificates(): Certificates {
  const { trail } = useCordee()
  const { id } = useDesk().organisation
  const client = useQueryClient()
  const queryKey = ["certificates", id]
  const { data, error, refetch } = useQuery({ queryKey, queryFn: () => trail.certificates(id), ...ONCE })
  return {
    rows: data ?? null,
    error,
    again() {
      void refetch()
    },
    async make(asked, reason) {
      const made = await trail.certify(id, asked, reason)
      await client.invalidateQueries({ queryKey })
      return made
    },
  }
}

export function useCertificate(certificate: CertificateId): {
  data: CertificateDocument | undefined
  error: Error | null
} {
  const { trail } = useCordee()
  const { id } = useDesk().organisation
  return useQuery({
    queryKey: ["certificate", id, certificate],
    queryFn: () => trail.certificate(id, certificate),
    ...ONCE,
  })
}
