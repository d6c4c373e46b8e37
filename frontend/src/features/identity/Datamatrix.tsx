/** The INS datamatrix of a qualified identity, to be scanned from the screen or from paper. Dark on white in every theme. */
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"

/** Modules as unit squares. */
interface Drawing {
  readonly size: number
  readonly path: string
}

export function Datamatrix({ content }: { content: string }) {
  const { t } = useTranslation("identity")
  const [drawing, setDrawing] = useState<Drawing | null>(null)

  useEffect(() => {
    let wanted = true
    void drawn(content).then((made) => {
      if (wanted) setDrawing(made)
    })
    return () => {
      wanted = false
    }
  }, [content])

  if (drawing === null) return null
  const { size, path } = drawing
  return (
    <figure className="datamatrix">
      <svg
        role="img"
        aria-label={t("sheet.datamatrix")}
        viewBox={`-2 -2 ${size + 4} ${size + 4}`}
        shapeRendering="crispEdges"
      >
        <path d={path} />
      </svg>
      <figcaption>{t("sheet.toScan")}</figcaption>
    </figure>
  )
}

/** A square code, as the specification asks. Its writer is fetched when the first one is drawn. */
async function drawn(content: string): Promise<Drawing> {
  const { BarcodeFormat, DataMatrixWriter, EncodeHintType } = await import("@zxing/library")
  const hints = new Map([[EncodeHintType.DATA_MATRIX_SHAPE, FORCE_SQUARE]])
  const code = new DataMatrixWriter().encode(content, BarcodeFormat.DATA_MATRIX, 0, 0, hints)
  const size = code.getWidth()
  const squares: string[] = []
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) if (code.get(x, y)) squares.push(`M${x} ${y}h1v1h-1z`)
  }
  return { size, path: squares.join("") }
}

/** The library's `SymbolShapeHint`, of which only the type is exported. */
const FORCE_SQUARE = 1
