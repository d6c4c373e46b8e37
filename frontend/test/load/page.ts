/** What a page of the tests can do with the core's own code, bundled as the product is: tests/e2e/laboratory.py. */
import { verifyEd25519 } from "../../src/core/mls/group.ts"
import { measure } from "./measure.ts"

Object.assign(globalThis, { laboratory: { measure, verifyEd25519 } })
