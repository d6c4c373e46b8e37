/**
 * Reads the Data Matrix in a photograph, in this browser: no picture leaves it. The reader is fetched when it is first
 * needed.
 */

/** Larger photographs are made smaller first: the code is a few centimetres of paper, and time grows with the area. */
const WIDEST = 1600

/** The text in it; null when no code was found. Rejects when the file is no picture. */
export async function readPhoto(file: Blob): Promise<string | null> {
  const { BinaryBitmap, DataMatrixReader, GlobalHistogramBinarizer, HybridBinarizer, RGBLuminanceSource } =
    await import("@zxing/library")
  const { data, width, height } = await pixels(file)
  const grey = new Uint8ClampedArray(width * height)
  for (let at = 0; at < grey.length; at++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at * 4, at * 4 + 3)
    grey[at] = (red * 299 + green * 587 + blue * 114) / 1000
  }
  const source = new RGBLuminanceSource(grey, width, height)
  for (const binarizer of [new HybridBinarizer(source), new GlobalHistogramBinarizer(source)]) {
    try {
      return new DataMatrixReader().decode(new BinaryBitmap(binarizer)).getText()
    } catch {
      // Nothing found this way: the next one sees dim light otherwise.
    }
  }
  return null
}

async function pixels(file: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(file)
  const scale = Math.min(1, WIDEST / Math.max(bitmap.width, bitmap.height))
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)]
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })
  if (context === null) throw new Error("no canvas")
  context.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  return context.getImageData(0, 0, width, height)
}
