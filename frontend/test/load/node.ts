/** `node test/load/node.ts 60`: the figures of measure.ts under Node, as JSON. */
import { measure } from "./measure.ts"

console.log(JSON.stringify(await measure(Number(process.argv[2] ?? 60))))
