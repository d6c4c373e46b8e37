/** A QR code for another screen's camera: one path, dark on white in every theme, because cameras want it so. */
import "./qrCode.css"
import { useMemo } from "react"
import { encode } from "uqr"

interface QrCodeProps {
  content: string
  /** What it is, for those who do not see it; the same must stand beside it as text. */
  label: string
}

export function QrCode({ content, label }: QrCodeProps) {
  const { path, size } = useMemo(() => drawn(content), [content])
  return (
    <svg className="qr-code" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <path d={path} />
    </svg>
  )
}

/** Modules as unit squares, with the quiet zone of four that the standard asks for. */
function drawn(content: string): { readonly path: string; readonly size: number } {
  const { data, size } = encode(content, { ecc: "M", border: 4 })
  const squares = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return { path: squares.join(""), size }
}
