// The log of a soak: everything that callers, the vendor and the user's endpoint saw, kept outside the processes that
// are killed. A line of JSON each.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Opens an empty log. @param {string} file */
export function openLog(file) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, "");
  let begun = 0;
  const waiters = new Set();
  return {
    file,
    /** Adds an event, with the time, and returns it. @param {object} event */
    add(event) {
      const dated = { at: Date.now(), ...event };
      appendFileSync(file, `${JSON.stringify(dated)}\n`);
      for (const waiter of waiters) waiter(dated);
      return dated;
    },
    /** Resolves after a number of further events that match. @param {(event: any) => boolean} isMeant */
    next: (isMeant, count = 1) =>
      new Promise((resolve) => {
        let seen = 0;
        const waiter = (event) => {
          if (!isMeant(event)) return;
          seen += 1;
          if (seen < count) return;
          waiters.delete(waiter);
          resolve();
        };
        waiters.add(waiter);
      }),
    /** A number that no other event of this log has. */
    id: () => (begun += 1),
  };
}

/** The events of a log, in their order. @param {string} file */
export const readLog = (file) =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
