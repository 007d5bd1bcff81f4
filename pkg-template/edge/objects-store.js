// State in Durable Objects: a fixed number of them a kind of key, each with a row a key.

/**
 * Objects a kind of key, as the signs that a name can have: a power of two of them, by the key's first sign.
 * docs: an object a key would open a file and pay a start for each number; see README, "Durable Objects".
 */
const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const OBJECTS = 32;

/**
 * @param {any} namespace
 * @returns {import("./index.js").Store}
 */
export function objectsStore(namespace) {
  /** @type {Map<string, unknown>} */
  const ids = new Map();
  return {
    apply(key, command) {
      const name = objectOf(key);
      let id = ids.get(name);
      if (id === undefined) {
        id = namespace.idFromName(name);
        ids.set(name, id);
      }
      return namespace.get(id).apply(key, command);
    },
  };
}

/** The object that keeps a key's state. @param {string} key */
export function objectOf(key) {
  const [kind, hash] = /** @type {[string, string?]} */ (key.split(":"));
  return hash === undefined ? `v1/${kind}` : `v1/${kind}/${SIGNS.indexOf(hash.charAt(0)) % OBJECTS}`;
}
