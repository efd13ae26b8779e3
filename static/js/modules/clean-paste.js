/**
 * What is pasted from a word processor or a page becomes clean Markdown: headings, bold, italic, lists, quotes, links and
 * tables; everything else is words alone. Footnotes' marks and comments are dropped. Undo takes it back in one step.
 */

const BLOCKS = "address, article, aside, blockquote, div, dl, h1, h2, h3, h4, h5, h6, li, ol, p, pre, section, table, ul";
const DROPPED = "head, meta, style, script, title, link, xml, del, svg, img, [data-style*='mso-element:footnote'], [data-style*='mso-element:comment'], .MsoFootnoteReference, .MsoCommentReference, sup a[href^='#'], a[href^='#_ftn'], a[href^='#_edn'], a[name^='_ftn'], a[name^='_edn']";

/**
 * @param {HTMLElement} form all of its text areas
 */
export default function cleanPaste(form) {
  form.addEventListener("paste", (event) => {
    if (!event.target.matches("textarea") || event.clipboardData.files.length) return;
    const html = event.clipboardData.getData("text/html");
    if (!html || isCode(html)) return;
    const markdown = toMarkdown(html);
    if (!markdown) return;
    event.preventDefault();
    insert(event.target, onItsOwn(event.target, markdown));
  });
}

/** Blocks begin a line of their own. @param {HTMLTextAreaElement} area @param {string} markdown */
function onItsOwn(area, markdown) {
  const before = area.value.slice(0, area.selectionStart);
  const isBlocks = /\n\n|^(?:#|- |\d+\. |> |\|)/.test(markdown);
  return isBlocks && before && !before.endsWith("\n\n") ? `${before.endsWith("\n") ? "\n" : "\n\n"}${markdown}` : markdown;
}

/** @param {HTMLTextAreaElement} area @param {string} text in the place of what is selected */
export function insert(area, text) {
  area.focus();
  // Deprecated, and the only way that undo knows of.
  if (document.execCommand("insertText", false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** Editors of code copy every line as coloured spans: their plain text is the text. @param {string} html */
function isCode(html) {
  return /vscode|<meta name="?generator"? content="?jetbrains/i.test(html) || /font-family:[^;"]*(monospace|consolas|menlo)/i.test(html.slice(0, 2000));
}

/** @param {string} html @returns {string} */
export function toMarkdown(html) {
  // The policy of this page forbids styles of its own, also to what is only read: elements go, attributes get another name.
  const plain = html.replace(/<style\b[^]*?<\/style>/gi, "").replace(/(<[^>]*?\s)style=/gi, "$1data-style=");
  const page = new DOMParser().parseFromString(plain, "text/html");
  for (const element of page.querySelectorAll(DROPPED)) element.remove();
  return blocks(page.body)
    .join("\n\n")
    .replace(/\u00a0/g, " ")
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** @param {Element} parent @returns {string[]} one text for each block */
function blocks(parent) {
  const found = [];
  let line = [];
  const flush = () => {
    const text = inline(line).trim();
    if (text) found.push(text);
    line = [];
  };
  for (const child of parent.childNodes) {
    if (child.nodeType === Node.ELEMENT_NODE && (child.matches(BLOCKS) || child.querySelector(BLOCKS))) {
      flush();
      found.push(...block(child));
    } else {
      line.push(child);
    }
  }
  flush();
  return wordLists(found);
}

/** @param {Element} element @returns {string[]} */
function block(element) {
  const name = element.localName;
  const level = /^h([1-6])$/.exec(name)?.[1] ?? /^MsoHeading([1-6])|mso-outline-level:\s*([1-6])/.exec(`${element.className} ${element.getAttribute("data-style") ?? ""}`)?.[1];
  if (level) {
    const text = inline(element.childNodes).replace(/[*_]/g, "").trim();
    // Two and three hashes begin stages and sections; a pasted heading is the author's own until they say otherwise.
    return text ? [`${"#".repeat(Math.max(4, Number(level) + 2))} ${text}`] : [];
  }
  if (name === "ul" || name === "ol") return [list(element, 0)];
  if (name === "blockquote") return [blocks(element).join("\n\n").replace(/^/gm, "> ")];
  if (name === "table") return [table(element)].filter(Boolean);
  if (name === "p" && /mso-list:/i.test(element.getAttribute("data-style") ?? "")) return [`- ${inline(element.childNodes).trim().replace(/^(?:[·o§•\-–]|\d+[.)])\s*/, "")}`];
  return element.querySelector(BLOCKS) ? blocks(element) : [inline(element.childNodes).trim()].filter(Boolean);
}

/** Word writes each entry of a list as a paragraph of its own. @param {string[]} found @returns {string[]} */
function wordLists(found) {
  const joined = [];
  for (const text of found) {
    if (/^- [^\n]*$/.test(text) && /^- [^\n]*$/.test(joined.at(-1)?.split("\n").at(-1) ?? "")) joined.push(`${joined.pop()}\n${text}`);
    else joined.push(text);
  }
  return joined;
}

/** @param {Element} element @param {number} depth @returns {string} */
function list(element, depth) {
  const lines = [];
  let number = Number(element.getAttribute("start") ?? 1);
  for (const child of element.children) {
    if (child.matches("ul, ol")) {
      lines.push(list(child, depth + 1));
      continue;
    }
    const inner = [...child.children].filter((one) => one.matches("ul, ol"));
    const own = [...child.childNodes].filter((one) => !inner.includes(one));
    const marker = element.localName === "ol" ? `${number++}. ` : "- ";
    lines.push(`${"    ".repeat(depth)}${marker}${inline(own).trim()}`, ...inner.map((one) => list(one, depth + 1)));
  }
  return lines.join("\n");
}

/** @param {Element} element @returns {string} */
function table(element) {
  const rows = [...element.querySelectorAll("tr")].map((row) =>
    [...row.children].map((cell) => inline(cell.childNodes).replace(/\s+/g, " ").replace(/\|/g, "\\|").trim()),
  );
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (!width) return "";
  if (width === 1) return rows.map((row) => row[0] ?? "").filter(Boolean).join("\n\n");
  const line = (cells) => `| ${Array.from({ length: width }, (_, at) => cells[at] ?? "").join(" | ")} |`;
  const [head, ...rest] = rows;
  return [line(head), line(Array(width).fill("---")), ...rest.map(line)].join("\n");
}

/** @param {Iterable<Node>} nodes @returns {string} */
function inline(nodes) {
  let text = "";
  for (const node of nodes) {
    if (node.nodeType === Node.TEXT_NODE) text += node.textContent.replace(/\s+/g, " ");
    else if (node.nodeType === Node.ELEMENT_NODE) text += marked(node);
  }
  return text.replace(/ *\n */g, "\n").replace(/ {2,}/g, " ");
}

/** @param {Element} element @returns {string} */
function marked(element) {
  if (element.localName === "br") return "\n";
  const text = inline(element.childNodes);
  const style = element.getAttribute("data-style") ?? "";
  const isPlain = /font-weight:\s*(normal|400)/i.test(style);
  if (!text.trim()) return text;
  if (element.localName === "a" && /^(https?:|mailto:)/i.test(element.getAttribute("href") ?? "")) {
    const address = element.getAttribute("href").replace(/[()\s]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
    return text.trim() === address ? address : `[${text.trim()}](${address})`;
  }
  if (element.matches("b, strong") && !isPlain) return around(text, "**");
  if (/font-weight:\s*(bold|[6-9]00)/i.test(style)) return around(text, "**");
  if (element.matches("i, em, cite") || /font-style:\s*italic/i.test(style)) return around(text, "*");
  return text;
}

/** Marks stand at the words, not at the spaces beside them. @param {string} text @param {string} mark */
function around(text, mark) {
  const [, before, words, after] = /^(\s*)([^]*?)(\s*)$/.exec(text);
  return words.startsWith(mark) ? text : `${before}${mark}${words}${mark}${after}`;
}
