// The callers of a soak: people who ask for codes and enter them, and the vendor that pushes its reports. They go on
// while processes are killed, and log what they did and what they were answered.

/** A number is replaced by a fresh one after as many texts, or requests that were not rejected. */
const MOST_TEXTS = 5;
const MOST_ASKS = 14;
/** The pause between two requests of a person, in milliseconds: rejections come at once, and would take the processor. */
const PAUSE_MS = 40;

/** The people of a soak: some numbers at a time, each with an address. */
export function startPeople(log, { numbers = 8, first = 0 } = {}) {
  let next = first;
  const fresh = () => {
    const index = next++;
    const phone = `138${String(index).padStart(8, "0")}`;
    return { phone, address: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`, asks: 0, texts: [] };
  };
  const all = new Map();
  const now = Array.from({ length: numbers }, () => fresh());
  for (const person of now) all.set(person.phone, person);
  return {
    all,
    /** By challenge: the person, the code that is entered, and how many rounds of guesses it had. */
    challenges: new Map(),
    at: (index) => now[index % numbers],
    arrived(text) {
      const person = all.get(text.phone);
      person.texts.push(text);
      if (person.texts.length >= MOST_TEXTS) this.replace(person);
    },
    counted(person) {
      person.asks += 1;
      if (person.asks >= MOST_ASKS) this.replace(person);
    },
    replace(person) {
      const index = now.indexOf(person);
      if (index < 0) return;
      now[index] = fresh();
      all.set(now[index].phone, now[index]);
    },
    log,
  };
}

/** Asks for a code. @returns {Promise<void>} */
export async function ask(people, process, person) {
  const { log } = people;
  const { id, at } = log.add({ type: "ask", id: log.id(), phone: person.phone, process: process.name });
  const body = { phone: person.phone };
  const answer = await process.call("/otp/send", { address: person.address, body }).catch(() => undefined);
  if (answer === undefined) {
    log.add({ type: "lost", id });
    return;
  }
  log.add({ type: "answered", id, status: answer.status });
  if (![202, 429, 503].includes(answer.status)) throw new Error(`send: ${answer.status} ${answer.text}`);
  if (answer.status !== 429) people.counted(person);
  if (answer.status !== 202) return;
  // A text that a killed process had sent may arrive meanwhile: nobody knows which of the two is this challenge's.
  const own = person.texts.filter((text) => text.at >= at);
  if (own.length !== 1 || people.challenges.has(answer.json.challenge)) return;
  people.challenges.set(answer.json.challenge, { person, text: own[0], rounds: 0 });
}

/** Enters the code of a challenge several times at the same time, at all processes. */
export async function guess(people, processes, [challenge, known], times) {
  const { log } = people;
  known.rounds += 1;
  const { phone, address } = known.person;
  const { code } = known.text;
  await Promise.all(
    Array.from({ length: times }, async (_, index) => {
      const process = processes[index % processes.length];
      const { id } = log.add({ type: "guess", id: log.id(), challenge, phone, code, process: process.name });
      const answer = await process.call("/otp/verify", { address, body: { challenge, code } }).catch(() => undefined);
      if (answer) log.add({ type: "guessed", id, status: answer.status });
    }),
  );
}

/** Pushes the report on a text once, alone or with reports on texts of others. */
export async function push(people, process, hook, { phone, ref }, others) {
  const { log } = people;
  const id = log.id();
  const report = (sendId, mobile) => ({ sendId, mobile, times: "2026-08-01 08:00:00", status: "DELIVRD" });
  const reports = [report(ref, phone)];
  for (let other = 0; other < others; other += 1) reports.push(report(`x${id}x${other}`, "13900000000"));
  const records = reports.map(({ sendId }) => sendId);
  log.add({ type: "push", id, records, process: process.name });
  const body = reports.length === 1 ? reports[0] : reports;
  const answer = await process.call(hook, { address: "192.0.2.9", body }).catch(() => undefined);
  if (answer) log.add({ type: "pushed", id, status: answer.status });
}

/** Keeps people and the vendor busy until `isOver`. Resolves when each has its last answer. */
export function keepBusy(people, engine, hook, random, isOver) {
  const someProcess = () => engine.processes[Math.floor(random() * engine.processes.length)];
  const pushed = new Set();
  const whileOn = async (work) => {
    while (!isOver()) {
      await work();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  const asking = Array.from({ length: 8 }, (_, index) => whileOn(() => ask(people, someProcess(), people.at(index))));
  const entering = Array.from({ length: 2 }, () =>
    whileOn(async () => {
      for (const known of people.challenges) {
        if (isOver()) return;
        // Twice during the load; a last time over the restarted processes.
        if (known[1].rounds < 2) await guess(people, engine.processes, known, known[1].rounds === 0 ? 3 : 1);
      }
    }),
  );
  const pushing = whileOn(async () => {
    for (const { phone, texts } of people.all.values()) {
      for (const text of texts) {
        if (isOver()) return;
        if (pushed.has(text.ref)) continue;
        pushed.add(text.ref);
        await push(people, someProcess(), hook, { phone, ref: text.ref }, random() < 0.3 ? 2 : 0);
      }
    }
  });
  return Promise.all([...asking, ...entering, pushing]);
}
