// Redis for casStore: each key is a hash with a value and its version.
import { randomUUID } from "node:crypto";
import { RESP_TYPES } from "redis";

// A script is one atomic step. The version is random and not a counter, which would restart once a key expired.
// A client that repeats a command whose reply was lost (ioredis does, by default) finds its own version and is answered
// as the first time.
const SWAP = `
local version = redis.call("HGET", KEYS[1], "version") or ""
if version == ARGV[2] then return 1 end
if version ~= ARGV[1] then return 0 end
redis.call("HSET", KEYS[1], "version", ARGV[2], "value", ARGV[3])
redis.call("PEXPIREAT", KEYS[1], ARGV[4])
return 1`;

/**
 * Redis must keep every write: set `maxmemory-policy noeviction` and `appendonly yes`, and `get` from the primary, not
 * from a replica. A failover forgets writes that its replica had not received.
 * @param {import("redis").RedisClientType} client
 * @param {string} prefix The prefix of every key.
 * @returns {Parameters<typeof import("xinshi/edge").casStore>[0]}
 */
export function redisKv(client, prefix = "xinshi:") {
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  return {
    async get(key) {
      const [version, value] = await bytes.hmGet(prefix + key, ["version", "value"]);
      return version && value ? { value, version: version.toString() } : null;
    },
    async swap(key, version, value, expiresAtMs) {
      const swapped = await client.eval(SWAP, {
        keys: [prefix + key],
        arguments: [version ?? "", randomUUID(), Buffer.from(value), String(Math.ceil(expiresAtMs))],
      });
      return swapped === 1;
    },
  };
}
