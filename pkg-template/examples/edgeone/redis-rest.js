// Redis over HTTP for casStore, by the REST API of Upstash: POST a command as a JSON list, get `{ result }` or
// `{ error }`. Each key is a hash with a value and its version. Values are written in base64, since JSON has no bytes.

// A script is one atomic step. The version is random: a counter would restart once a key expired. A swap that is
// repeated after its reply was lost finds its own version, and is answered as the first time.
const SWAP = `
local version = redis.call("HGET", KEYS[1], "version") or ""
if version == ARGV[2] then return 1 end
if version ~= ARGV[1] then return 0 end
redis.call("HSET", KEYS[1], "version", ARGV[2], "value", ARGV[3])
redis.call("PEXPIREAT", KEYS[1], ARGV[4])
return 1`;

/**
 * The database must keep every write (no eviction), and answer reads from its primary: read replicas lag.
 * @param {{ url: string, token: string, prefix?: string, fetch?: typeof globalThis.fetch }} options
 * @returns {Parameters<typeof import("xinshi/edge").casStore>[0]}
 */
export function redisRest({ url, token, prefix = "xinshi:", fetch = globalThis.fetch }) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const command = async (...parts) => {
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(parts) });
    const { result, error } = await response.json();
    // The message may repeat the command.
    if (!response.ok || error !== undefined) throw new Error(`the Redis over HTTP answered ${response.status}`);
    return result;
  };
  return {
    async get(key) {
      const [version, value] = await command("HMGET", prefix + key, "version", "value");
      // A value may be empty, and is there all the same.
      if (!version || value === null) return null;
      return { value: Uint8Array.from(atob(value), (char) => char.charCodeAt(0)), version };
    },
    async swap(key, version, value, expiresAtMs) {
      const written = btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join(""));
      const next = crypto.randomUUID();
      const expires = String(Math.ceil(expiresAtMs));
      return (await command("EVAL", SWAP, "1", prefix + key, version ?? "", next, written, expires)) === 1;
    },
  };
}
