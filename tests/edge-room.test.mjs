// The memory that JavaScript and the handler's WebAssembly share: nothing is written beyond it.
import assert from "node:assert/strict";
import { test } from "node:test";
import "xinshi/edge";
import { write } from "../pkg/edge/room.js";
import { maxParts, sharedMemory } from "../pkg/wasm/edge.js";

/** A core whose room lies in a place that is known, and shows what stands behind it. */
function coreAt(address) {
  const numbers = new Uint32Array(sharedMemory().buffer);
  const first = address / 4;
  return {
    core: {
      room: () => {
        numbers[first] = address + 4096;
        return address;
      },
    },
    behind: () => [...numbers.slice(first + 1 + maxParts(), first + 3 + maxParts())],
  };
}

test("as many parts are written as there is room for, and not one more", () => {
  // A page of its own, which nobody else uses.
  const address = sharedMemory().grow(1) * 65_536;
  const { core, behind } = coreAt(address);
  const before = behind();
  assert.equal(maxParts(), 15);
  assert.equal(write(core, new Array(maxParts()).fill("x")), maxParts());
  assert.deepEqual(behind(), before);
  for (const more of [1, 2, 1000]) {
    assert.throws(() => write(core, new Array(maxParts() + more).fill("x")), RangeError);
    assert.throws(() => write(core, new Array(maxParts() + more).fill(undefined)), RangeError);
  }
  assert.deepEqual(behind(), before, "nothing was written there");
});
