// The rules of the simulation, as the form and as the handler's options have them.

/** The form's fields, in groups; 0 switches a rule off. */
export const FIELDS = [
  { group: "number", name: "cooldown", value: 60 },
  { group: "number", name: "numberMinute", value: 4 },
  { group: "number", name: "numberHour", value: 5 },
  { group: "number", name: "numberDay", value: 8 },
  { group: "address", name: "addressMinute", value: 10 },
  { group: "address", name: "addressHour", value: 30 },
  { group: "address", name: "addressDay", value: 100 },
  { group: "all", name: "prefixHour", value: 0 },
  { group: "all", name: "totalHour", value: 0 },
];

/** The documented defaults. */
export const documented = () => ({
  captcha: false,
  work: false,
  adaptive: true,
  ...Object.fromEntries(FIELDS.map(({ name, value }) => [name, value])),
});

/** The rules as options of a handler. Default rules of an address are left out, since they relax where people sign in. */
export function optionsOf(rules) {
  const isDefault = FIELDS.every(({ group, name, value }) => group !== "address" || rules[name] === value);
  const rule = (name, windowSeconds) => (rules[name] > 0 ? [{ limit: rules[name], windowSeconds }] : []);
  return {
    captcha: rules.captcha,
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
