// The suite's assertions, for runtimes without Node's test runner.
import { SmsError } from "xinshi";

/** Everything that a person could see of a value: as JSON, as text, and as the console shows it. */
export function shown(value) {
  const printed = [JSON.stringify(value), String(value), value instanceof Error ? value.stack : ""];
  if (globalThis.inspectForTest) printed.push(globalThis.inspectForTest(value));
  return printed.join("\n");
}

export function fails(outcome, status, expected, context = "") {
  const { error } = outcome;
  const seen = `${context} ${outcome.status} ${JSON.stringify(error)}`;
  check(outcome.status === status && error instanceof SmsError, `${status} expected:${seen}`);
  for (const [name, value] of Object.entries(expected)) {
    if (value !== undefined) check(error[name] === value, `${name} ${value} expected:${seen}`);
  }
}

export function throws(call, field) {
  let thrown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  check(thrown instanceof SmsError && thrown.field === field, `SmsError about ${field} expected: ${thrown}`);
}

export function equal(actual, expected) {
  check(actual === expected, `${JSON.stringify(expected)} expected: ${JSON.stringify(actual)}`);
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}
