// The site of the documents: the pages of this directory as they are, in both languages, with a search that needs no
// network. `npm run docs` builds it into target/docs, after TypeDoc wrote the API from the types of the package.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { origin, repositoryFields } from "../../scripts/repository.mjs";
import { PAGE, RUN, SERVER } from "../../www/phone/snippets.js";

const docs = fileURLToPath(new URL("..", import.meta.url));
const root = path.dirname(docs.replace(/\/$/, ""));
const { homepage = "" } = repositoryFields(origin());
const icon = readFileSync(path.join(root, "www", "icon.svg"), "utf8");
/** The code that the page of `npm start` shows. */
const snippets = { PAGE, RUN, SERVER };
/** The repository's address, if it is public. */
const home = homepage.replace(/#.*/, "");

const PAGES = ["first-text", "first-code", "deploy", "operate", "moving", "define-vendor", "errors", "threats"];
const TITLES = {
  zh: [
    "第一条短信",
    "第一个验证码",
    "部署",
    "运营",
    "从供应商的示例迁移",
    "自己的供应商",
    "每个错误和办法",
    "威胁模型",
  ],
  en: [
    "Your first text",
    "Your first code",
    "Deploy",
    "Operate",
    "Moving from a vendor's sample",
    "A vendor of one's own",
    "Errors and remedies",
    "Threat model",
  ],
};
/** The pages about facts and reasons, which have no language of their own. */
const FACTS = [
  "rules",
  "vendors",
  "captchas",
  "gateways",
  "limits",
  "proof-of-work",
  "scale",
  "proof",
  "benchmarks",
  "runtimes",
  "architecture",
];

const sidebar = (language, facts) => [
  {
    text: language === "zh" ? "指南" : "Guide",
    items: PAGES.map((page, index) => ({ text: TITLES[language][index], link: `/${language}/${page}` })),
  },
  {
    text: facts,
    items: [
      ...FACTS.map((page) => ({ text: titleOf(`${page}.md`), link: `/${placed(`${page}.md`).replace(".md", "")}` })),
      { text: titleOf("decisions/README.md"), link: "/en/decisions/README" },
    ],
  },
  { text: "API", items: [{ text: "API", link: "/en/api/" }] },
];

const SEARCH_IN_CHINESE = {
  button: { buttonText: "搜索", buttonAriaLabel: "搜索" },
  modal: {
    displayDetails: "显示正文",
    resetButtonTitle: "清空",
    backButtonTitle: "关闭",
    noResultsText: "没有找到",
    footer: { selectText: "选择", navigateText: "移动", closeText: "关闭" },
  },
};

export default defineConfig({
  title: "xinshi 信使",
  description: "Chinese SMS by one typed API · 一套带类型的 API，发遍国内短信",
  lang: "zh-CN",
  base: "/docs/",
  rewrites: placed,
  srcExclude: ["node_modules/**"],
  outDir: path.join(root, "target", "docs"),
  cacheDir: path.join(root, "target", "docs-cache"),
  lastUpdated: false,
  metaChunk: true,
  head: [["link", { rel: "icon", href: `data:image/svg+xml,${encodeURIComponent(icon)}` }]],
  markdown: { config: (markdown) => markdown.core.ruler.push("xinshi", (state) => prepare(state)) },
  locales: {
    root: {
      label: "简体中文",
      lang: "zh-CN",
      themeConfig: { sidebar: sidebar("zh", "事实与理由（英文）"), ...CHINESE() },
    },
    en: { label: "English", lang: "en", themeConfig: { sidebar: sidebar("en", "Facts and reasons") } },
  },
  themeConfig: {
    i18nRouting: false,
    nav: [
      { text: "中文", link: "/zh/first-text" },
      { text: "English", link: "/en/first-text" },
      { text: "API", link: "/en/api/" },
    ],
    outline: { level: [2, 3] },
    search: {
      provider: "local",
      options: { miniSearch: { options: { tokenize } }, locales: { root: { translations: SEARCH_IN_CHINESE } } },
    },
    ...(home && { socialLinks: [{ icon: "github", link: home }] }),
  },
});

/** The words of the theme in Chinese. */
function CHINESE() {
  return {
    outline: { label: "本页", level: [2, 3] },
    docFooter: { prev: "上一页", next: "下一页" },
    darkModeSwitchLabel: "深浅色",
    sidebarMenuLabel: "目录",
    returnToTopLabel: "回到顶部",
  };
}

/** Words, and pairs of Chinese characters, which no space divides. Runs in the page too, so it names nothing outside. */
function tokenize(text) {
  return text
    .toLowerCase()
    .split(/[\s\p{P}\p{S}]+/u)
    .flatMap((word) => word.match(/\p{Script=Han}+|[^\p{Script=Han}]+/gu) ?? [])
    .flatMap((part) =>
      /\p{Script=Han}/u.test(part) && part.length > 2
        ? Array.from({ length: part.length - 1 }, (_, at) => part.slice(at, at + 2))
        : [part],
    );
}

/**
 * The place of a page in the site. What is in English alone belongs to the English half, whose search then finds it; the
 * rules are in both languages.
 */
function placed(page) {
  if (page === "index-en.md") return "en/index.md";
  return /^(zh|en)\/|^(index|rules)\.md$/.test(page) ? page : `en/${page}`;
}

/** The title of a page, its first heading. */
function titleOf(page) {
  return /^# (.*)$/m.exec(readFileSync(path.join(docs, page), "utf8"))?.[1] ?? page;
}

/**
 * Fills the code that the page of `npm start` shows into its places, and follows links out of this directory to the
 * repository: if that is not public, their text stays. Throws for a link to a file that does not exist.
 */
function prepare({ tokens, env }) {
  // The file that is read: `path` is its place in the site.
  const source = env.realPath ?? env.path;
  for (const token of tokens) {
    const name =
      token.type === "fence" && /^(?:\/\/|#|<!--) snippet: (\w+), in [\w./]+(?: -->)?\n$/.exec(token.content)?.[1];
    if (name) token.content = `${snippets[name]}\n`;
    for (const [index, child] of (token.children ?? []).entries()) {
      const href = child.type === "link_open" ? child.attrGet("href") : null;
      if (!href || /^(?:[a-z]+:|#|\/)/.test(href)) continue;
      const file = path.resolve(path.dirname(source), decodeURI(href.replace(/#.*/, "")));
      const page = path.relative(docs, file);
      if (!page.startsWith("..")) {
        // The API's links are relative to each other, and stay so.
        if (!page.startsWith("api/")) child.attrSet("href", `/${placed(page)}${/#.*/.exec(href)?.[0] ?? ""}`);
        else if (!source.startsWith(path.join(docs, "api"))) child.attrSet("href", `/${placed(page)}`);
        continue;
      }
      if (!existsSync(file)) throw new Error(`${source} links to ${href}, which does not exist`);
      if (home) child.attrSet("href", `${home}/blob/main/${path.relative(root, file)}`);
      else unlink(token.children, index);
    }
  }
}

/** Removes the link that begins at a token, and leaves its text. */
function unlink(children, index) {
  const end = children.findIndex((one, at) => at > index && one.type === "link_close");
  for (const at of [index, end]) Object.assign(children[at], { type: "text", content: "", tag: "" });
}
