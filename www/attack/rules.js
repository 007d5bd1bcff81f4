// The rules of the simulation, as the form and as the handler's options have them.

/** The form's fields, in groups, each of an option in `limits`; 0 switches a rule off. */
export const FIELDS = [
  { group: "number", name: "cooldown", option: "cooldownSeconds", value: 60 },
  { group: "number", name: "numberMinute", option: "number", value: 4 },
  { group: "number", name: "numberHour", option: "number", value: 5 },
  { group: "number", name: "numberDay", option: "number", value: 8 },
  { group: "address", name: "addressMinute", option: "ip", value: 10 },
  { group: "address", name: "addressHour", option: "ip", value: 30 },
  { group: "address", name: "addressDay", option: "ip", value: 100 },
  { group: "all", name: "prefixHour", option: "prefix", value: 0 },
  { group: "all", name: "totalHour", option: "total", value: 0 },
];

/** The documented defaults. */
export const documented = () => ({
  captcha: false,
  work: false,
  /** Whether a captcha is required of every request, and not only where it is busy. */
  always: false,
  adaptive: true,
  ...Object.fromEntries(FIELDS.map(({ name, value }) => [name, value])),
});

/** The rules as options of a handler. Default rules of an address are left out, since they relax where people sign in. */
export function optionsOf(rules) {
  const isDefault = FIELDS.every(({ group, name, value }) => group !== "address" || rules[name] === value);
  const rule = (name, windowSeconds) => (rules[name] > 0 ? [{ limit: rules[name], windowSeconds }] : []);
  return {
    captcha: rules.captcha && (rules.always ? "always" : "adaptive"),
    work: rules.work,
    limits: {
      cooldownSeconds: rules.cooldown,
      number: [...rule("numberMinute", 60), ...rule("numberHour", 3600), ...rule("numberDay", 86400)],
      ...(!isDefault && {
        ip: [...rule("addressMinute", 60), ...rule("addressHour", 3600), ...rule("addressDay", 86400)],
      }),
      ...(!rules.adaptive && { adaptive: false }),
      prefix: rule("prefixHour", 3600),
      total: rule("totalHour", 3600),
    },
  };
}

/**
 * The field of an option that the handler rejected, such as `limits.number.limit`; undefined for another option. The
 * handler names no rule of a list, and rejects only limits that are too large.
 * @param {string | undefined} path @param {any} rules
 */
export function fieldOf(path, rules) {
  const [, list] = /^limits\.(cooldownSeconds|number|ip|prefix|total)\b/.exec(path ?? "") ?? [];
  const names = FIELDS.filter(({ option }) => option === list).map(({ name }) => name);
  return list && names.reduce((largest, name) => (rules[name] > rules[largest] ? name : largest));
}
