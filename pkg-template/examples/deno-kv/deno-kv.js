// Deno KV for casStore: it compares and swaps, and gives every write a version that no earlier one had.

/**
 * The maximum length of a value in Deno KV, in bytes. A longer value (the statistics of a busy service) is stored in
 * parts.
 */
const LONGEST_PART = 65_536;

/**
 * @param {Deno.Kv} kv
 * @param {string} prefix The prefix of every key.
 * @returns {Parameters<typeof import("xinshi/edge").casStore>[0]}
 */
export function denoKv(kv, prefix = "xinshi") {
  return {
    async get(key) {
      const parts = await Array.fromAsync(kv.list({ prefix: [prefix, key] }));
      const [first] = parts;
      if (first?.key.at(-1) !== 0) return null;
      // Parts that were written together share a version. A part of another version is left over from a longer value.
      const own = parts.filter(({ versionstamp }) => versionstamp === first.versionstamp).map(({ value }) => value);
      return { value: own.length === 1 ? own[0] : joined(own), version: first.versionstamp };
    },
    async swap(key, version, value, expiresAtMs) {
      const expireIn = Math.max(0, Math.ceil(expiresAtMs - Date.now()));
      const step = kv.atomic().check({ key: [prefix, key, 0], versionstamp: version });
      for (let part = 0; part === 0 || part * LONGEST_PART < value.length; part += 1) {
        const bytes = value.slice(part * LONGEST_PART, (part + 1) * LONGEST_PART);
        step.set([prefix, key, part], bytes, { expireIn });
      }
      return (await step.commit()).ok;
    },
  };
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
