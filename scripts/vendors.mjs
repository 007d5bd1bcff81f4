// Writes the lists of vendors from the registry in src/vendor/mod.rs: `xinshi/vendors`, the keywords of the package, and
// the tables of its README.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "./run.mjs";

/** Writes the lists and the tables into the built package. */
export async function writeVendors(pkg) {
  const vendors = JSON.parse(
    await run("cargo", ["run", "--quiet", "--locked", "--example", "registry"], { quiet: true }),
  );
  mkdirSync(path.join(pkg, "vendors"), { recursive: true });
  const code = `// Made of the registry of vendors by the build.\nexport const vendors = ${JSON.stringify(vendors, undefined, 2)};\n`;
  writeFileSync(path.join(pkg, "vendors", "index.js"), code);
  const manifest = path.join(pkg, "package.json");
  const described = JSON.parse(readFileSync(manifest, "utf8"));
  described.keywords.push(...vendors.map(({ name }) => name));
  writeFileSync(manifest, `${JSON.stringify(described, undefined, 2)}\n`);
  const readme = path.join(pkg, "README.md");
  writeFileSync(readme, withTables(readFileSync(readme, "utf8"), vendors));
}

/** Puts a table at each mark of a text: `<!-- vendors: accounts, zh -->`. */
export function withTables(text, vendors) {
  return text.replaceAll(/^<!-- vendors: (\w+), (zh|en) -->$/gm, (mark, table, language) => {
    if (!Object.hasOwn(tables, table)) throw new Error(`there is no such table: ${mark}`);
    return tables[table](vendors, WORDS[language]);
  });
}

const WORDS = {
  zh: {
    list: "、",
    clause: "；",
    accounts: ["`vendor`", "必填", "可选（默认值在前）"],
    bulks: ["", "同一内容", "各自的内容、模板"],
    json: "（JSON）",
    alone: "逐条",
    equal: "内容相同的合并",
    notices: "通知",
    marketing: "营销",
    methods: "接口",
    documented: ["供应商", "文档中的接口", "在这里"],
    push: "推送 ",
    known: { documented: "", guessed: "：无文档，能懂多少读多少", raw: "：无文档，原样保留" },
  },
  en: {
    list: ", ",
    clause: "; ",
    accounts: ["`vendor`", "required", "optional (default first)"],
    bulks: ["", "one text", "a text each, or a template"],
    json: " (JSON)",
    alone: "one by one",
    equal: "equal texts together",
    notices: "notices",
    marketing: "marketing texts",
    methods: "operation",
    documented: ["vendor", "in its document", "here"],
    push: "push ",
    known: {
      documented: "",
      guessed: ": not described, read as far as understood",
      raw: ": not described, kept raw",
    },
  },
};

const tables = {
  accounts: (vendors, words) =>
    table(
      words.accounts,
      vendors.map(({ name, title, options, sends }) => {
        const required = options.filter(({ kind }) => kind === "required");
        const others = options.filter(({ kind }) => kind !== "required");
        const isJson = (value) => value === "POST" && sends.some(({ carrier }) => carrier === "POST JSON");
        const shown = (value) => `\`"${value}"\`${isJson(value) ? words.json : ""}`;
        const choices = ({ name, words: values }) =>
          values ? `\`${name}\`: ${values.map(shown).join(words.list)}` : `\`${name}\``;
        return [
          `\`${name}\` ${title}`.trim(),
          required.map(({ name }) => `\`${name}\``).join(words.list),
          others.map(choices).join(words.clause),
        ];
      }),
    ),

  bulks(vendors, words) {
    const rows = new Map();
    for (const vendor of vendors) {
      const cells = [sameText(vendor, words), ownTexts(vendor, words)];
      const key = cells.join("|");
      rows.set(key, { cells, names: [...(rows.get(key)?.names ?? []), vendor.name] });
    }
    return table(
      words.bulks,
      [...rows.values()].map(({ names, cells }) => [names.join(words.list), ...cells]),
    );
  },

  methods(vendors, words) {
    const rows = [{ methods: ["send", "sendMany"], by: vendors.map(({ name }) => name) }];
    for (const [operation, by] of callsOf(vendors)) {
      const alike = rows.find(
        (row) => groupOf(row.methods[0]) === groupOf(operation) && row.by.join() === [...by.keys()].join(),
      );
      if (alike && alike !== rows[0]) alike.methods.push(operation);
      else rows.push({ methods: [operation], by: [...by.keys()] });
    }
    const called = (operation) => {
      const query = vendors.flatMap(({ operations }) => operations).find((one) => one.operation === operation);
      return `\`${operation}${query && !operation.includes(".") ? `(${argumentsOf(query)})` : ""}\``;
    };
    const shown = ([first, ...more]) =>
      [called(first), ...more.map((one) => (one.includes(".") ? `\`.${one.split(".")[1]}\`` : called(one)))].join(" ");
    const mark = (by) => vendors.map(({ name }) => (by.includes(name) ? "✓" : ""));
    return table(
      [words.methods, ...vendors.map(({ name }) => name)],
      rows.map(({ methods, by }) => [shown(methods), ...mark(by)]),
    );
  },

  documented: (vendors, words) =>
    table(
      words.documented,
      vendors.flatMap(({ name, sends, operations, pushes }) => [
        ...waysOf(sends).map(([operation, call]) => [name, `\`${operation}\``, call]),
        ...operations.map((query) => [
          name,
          `\`${query.name}\``,
          [`\`${query.operation}(${argumentsOf(query)})\``, ...settings(query.account)].join(", "),
        ]),
        ...pushes.map((push) => [
          name,
          `${words.push}\`${push.name}\``,
          `\`parsePush("${name}", request)\`${words.known[push.known]}`,
        ]),
      ]),
    ),
};

/**
 * The number of receivers of one request with the same text: by kind, or by the account's method, where these differ.
 */
function sameText({ sends }, words) {
  const [first] = sends;
  if (sends.every(({ marketing }) => marketing === 1)) return words.alone;
  if (first.notices !== first.marketing)
    return [`${words.notices} ${first.notices}`, `${words.marketing} ${first.marketing}`].join(words.list);
  const byMethod = new Map(sends.map(({ carrier, notices }) => [carrier.split(" ")[0], notices]));
  if (new Set(byMethod.values()).size === 1) return String(first.notices);
  return [...byMethod].map(([method, max]) => `${method} ${max}`).join(words.list);
}

function ownTexts({ sends: [{ operation, notices, texts, values }] }, words) {
  const max = Math.max(texts.max, values.max);
  if (max === 1) return notices === 1 ? words.alone : words.equal;
  return values.operation === operation ? String(max) : `\`${values.operation}\` ${max}`;
}

/** The operations that send, each with the call that makes it. */
function waysOf(sends) {
  const ways = new Map();
  for (const { operation, account, notices } of sends) {
    const calls = ["`send(message)`", ...(notices > 1 ? ["`sendMany(bulk)`"] : []), ...settings(account)];
    if (!ways.has(operation)) ways.set(operation, calls.join(", "));
  }
  for (const { operation, values } of sends) {
    if (values.operation !== operation && !ways.has(values.operation))
      ways.set(values.operation, "`sendMany({ template, each })`, `sendMany({ each })`");
  }
  return [...ways];
}

const settings = (account) => Object.entries(account).map(([name, value]) => `\`${name}: ${JSON.stringify(value)}\``);

/** Each operation, and the vendors that have it. */
function callsOf(vendors) {
  const calls = new Map();
  for (const { name, operations } of vendors) {
    for (const { operation } of operations) calls.set(operation, (calls.get(operation) ?? new Map()).set(name, true));
  }
  return [...calls].sort(([one], [other]) => groupOf(one).localeCompare(groupOf(other)));
}

/** The rows of the table: a row for a group of methods, and one for the two pulls. */
function groupOf(operation) {
  if (operation === "reports" || operation === "replies") return "~pulls";
  return operation.includes(".") ? operation.split(".")[0] : `~${operation}`;
}

function argumentsOf({ operation, gives, takes }) {
  const required = takes.filter(({ optional }) => !optional).map(({ name }) => name);
  if (takes.length === 0) return "";
  if (gives === "page") return required.length > 0 ? `{ ${required.join(", ")} }` : "page?";
  if (takes.length === 1) return takes[0].name;
  const [group] = operation.split(".");
  return group.endsWith("s") ? group.slice(0, -1) : group;
}

function table(head, rows) {
  const line = (cells) => `|${cells.map((cell) => (cell === "" ? " " : ` ${cell} `)).join("|")}|`;
  return [line(head), `|${head.map(() => " --- ").join("|")}|`, ...rows.map(line)].join("\n");
}
