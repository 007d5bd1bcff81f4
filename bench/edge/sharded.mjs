// Which object a key belongs to: as many objects a kind of key as the handler has.
const OBJECTS = 32;

export function objectOf(namespace, kind, key) {
  let hash = 0;
  for (let index = 0; index < key.length; index += 1) hash = (hash * 31 + key.charCodeAt(index)) >>> 0;
  return namespace.get(namespace.idFromName(`v1/${kind}/${hash % OBJECTS}`));
}
