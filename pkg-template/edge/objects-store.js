// State in Durable Objects: a fixed number of them a kind of key, each with a row a key.

/**
 * Objects a kind of key. One a key would be as many files and starts as there are numbers: measured on a local workerd, new
 * numbers cost 1.3 to 16 times as much so, and from 1 to 64 objects made no difference. Each serves some 1,000 requests a
 * second, and is paid for while it is awake: few are cheaper. Another number of them would lose what is stored.
 */
const OBJECTS = 32;
/** What a hash is written in. */
const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * @param {any} namespace
 * @returns {import("./index.js").Store}
 */
export function objectsStore(namespace) {
  /** By kind and place: a map would have to look each name up among all texts. @type {Record<string, unknown[]>} */
  const ids = Object.create(null);
  return {
    apply(key, command) {
      const kind = kindOf(key);
      const place = placeOf(key, kind);
      ids[kind] ??= [];
      ids[kind][place] ??= namespace.idFromName(nameOf(kind, place));
      return namespace.get(ids[kind][place]).apply(key, command);
    },
  };
}

/** @param {string} key */
function kindOf(key) {
  const end = key.indexOf(":");
  return end < 0 ? key : key.slice(0, end);
}

/** The place of a key that has no hash. */
const ALONE = OBJECTS;

/** Which of the objects of its kind keeps a key's state. @param {string} key @param {string} kind */
function placeOf(key, kind) {
  return key === kind ? ALONE : SIGNS.indexOf(key.charAt(kind.length + 1)) % OBJECTS;
}

/** @param {string} kind @param {number} place */
const nameOf = (kind, place) => (place === ALONE ? `v1/${kind}` : `v1/${kind}/${place}`);
