// The Durable Object: a row for each key, the reducer beside it, and no `await` between reading and writing a row.
// @ts-expect-error a module of the runtime itself
import { DurableObject } from "cloudflare:workers";
import { reduce } from "./reduce.js";

/** The maximum time for which expired rows stay, in milliseconds. */
const SWEEP_INTERVAL_MS = 3_600_000;

export class Ledger extends DurableObject {
  #sql;
  #storage;
  #rows = new Rows();
  #alarmIsSet = false;

  /** @param {any} ctx @param {any} env */
  constructor(ctx, env) {
    super(ctx, env);
    this.#storage = ctx.storage;
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS ledger (key TEXT PRIMARY KEY, state TEXT NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID",
    );
    ctx.blockConcurrencyWhile(async () => {
      this.#alarmIsSet = (await ctx.storage.getAlarm()) !== null;
    });
  }

  /** @param {string} key @param {string} command */
  apply(key, command) {
    return this.#insertNew(key, command) ?? this.#applyToStored(key, command);
  }

  /**
   * Treats a key that is not in memory as new, as most keys are: stores it without a look-up. Returns `undefined` and
   * changes nothing if the key is stored already, or if the reducer stores nothing.
   * @param {string} key @param {string} command
   */
  #insertNew(key, command) {
    if (this.#rows.find(key)) return undefined;
    const [decision, state, expiresAt, now] = reduce(undefined, command);
    if (!state) return undefined;
    const { rowsWritten } = this.#sql.exec("INSERT OR IGNORE INTO ledger VALUES (?, ?, ?)", key, state, expiresAt);
    if (rowsWritten === 0) return undefined;
    this.#rows.keep(key, state);
    this.#ensureAlarm(now);
    return decision;
  }

  /** @param {string} key @param {string} command */
  #applyToStored(key, command) {
    const [decision, state, expiresAt, now] = reduce(this.#read(key), command);
    if (state !== undefined) this.#write(key, state, expiresAt, now);
    return decision;
  }

  /** Removes expired rows. */
  alarm() {
    this.#alarmIsSet = false;
    const now = Date.now();
    this.#sql.exec("DELETE FROM ledger WHERE expires <= ?", now);
    this.#rows = new Rows();
    const { rows } = this.#sql.exec("SELECT EXISTS (SELECT 1 FROM ledger) AS rows").one();
    if (rows) this.#ensureAlarm(now);
  }

  /** @param {string} key */
  #read(key) {
    const cached = this.#rows.find(key);
    if (cached) return cached.state;
    const [row] = this.#sql.exec("SELECT state FROM ledger WHERE key = ?", key);
    this.#rows.keep(key, row?.state);
    return row?.state;
  }

  /** @param {string} key @param {string | null} state @param {number} expiresAt @param {number} now */
  #write(key, state, expiresAt, now) {
    // If the write fails, the next read must come from the database, not from memory.
    this.#rows.forget(key);
    if (state) this.#sql.exec("INSERT OR REPLACE INTO ledger VALUES (?, ?, ?)", key, state, expiresAt);
    else this.#sql.exec("DELETE FROM ledger WHERE key = ?", key);
    this.#rows.keep(key, state ?? undefined);
    this.#ensureAlarm(now);
  }

  /** @param {number} now */
  #ensureAlarm(now) {
    if (this.#alarmIsSet) return;
    this.#alarmIsSet = true;
    this.#storage.setAlarm(now + SWEEP_INTERVAL_MS);
  }
}

/**
 * The row that was last read or written at each place. No other code writes rows. A map would look up each key among
 * all texts, and more places would cost more than they save: the garbage collector moves and scans whatever stays in
 * them.
 */
class Rows {
  /** @type {({ key: string, state: string | undefined } | undefined)[]} */
  #slots = new Array(64);

  /** @param {string} key */
  find(key) {
    const row = this.#slots[slotOf(key)];
    return row?.key === key ? row : undefined;
  }

  /** @param {string} key @param {string | undefined} state */
  keep(key, state) {
    this.#slots[slotOf(key)] = { key, state };
  }

  /** @param {string} key */
  forget(key) {
    this.#slots[slotOf(key)] = undefined;
  }
}

/**
 * The place of a key, by the second character of its hash: the first is the same for all keys of an object. @param
 * {string} key
 */
function slotOf(key) {
  return key.charCodeAt(3) & 63;
}
