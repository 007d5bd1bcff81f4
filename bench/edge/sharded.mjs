// The object of a key: each kind of key has as many objects as in the handler.
const OBJECTS = 32;

export function objectOf(namespace, kind, key) {
  let hash = 0;
  for (let index = 0; index < key.length; index += 1) hash = (hash * 31 + key.charCodeAt(index)) >>> 0;
  return namespace.get(namespace.idFromName(`v1/${kind}/${hash % OBJECTS}`));
}
