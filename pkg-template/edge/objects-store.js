// State in Durable Objects: a fixed number of them a kind of key, each with a row a key.

/**
 * Objects a kind of key. One a key would be as many files and starts as there are numbers: measured on a local workerd, new
 * numbers cost 1.3 to 16 times as much so, and from 1 to 64 objects made no difference. Each serves some 1,000 requests a
 * second, and is paid for while it is awake: few are cheaper. Another number of them would lose what is stored.
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
