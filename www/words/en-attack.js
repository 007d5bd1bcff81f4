export const attack = {};
